// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { prepareDir } from '../machine/paths.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { runLogged } from '../prepare/run-logged.mjs';
import { provideGoTool } from './go-tool.mjs';

const kubeconform = {
  name: 'kubeconform',
  module: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  howToInstall,
};
/** A Python package that carries the schemas of Kubernetes. */
const SCHEMAS = 'kubernetes-validate==1.37.0';
/** The oldest that the chart takes, and the newest that there are schemas of. */
export const kubernetesVersions = ['1.30.0', '1.37.0'];
/** Of operators: Kubernetes has no schemas of theirs. */
export const operatorKinds = ['ServiceMonitor', 'PrometheusRule'];

const folder = join(prepareDir, 'tools');
const schemasDir = join(folder, `${SCHEMAS}-schemas`);

/**
 * What says whether manifests are such as Kubernetes takes, to the last field.
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<(manifests: string, version: string) => string>} empty: they are
 */
export async function provideKubeconform(log = silentLog) {
  const path = await provideGoTool(kubeconform, log);
  if (!existsSync(schemasDir)) await log.step('Fetching the schemas of Kubernetes', fetchSchemas);
  return (manifests, version) => {
    const schemas = join(schemasDir, version);
    const { status, stdout, stderr } = spawnSync(
      path,
      [
        ...['-strict', '-kubernetes-version', version, '-skip', operatorKinds.join(',')],
        ...['-schema-location', join(schemas, '{{.ResourceKind}}{{.KindSuffix}}.json'), '-'],
      ],
      { encoding: 'utf8', input: manifests },
    );
    return status === 0 ? '' : `${stdout}${stderr}`;
  };
}

async function fetchSchemas() {
  const python = findBinary('python3');
  if (!python) throw new LaunchError(`There is no Python on the PATH: the schemas are its package ${SCHEMAS}.`);
  const fetched = join(folder, SCHEMAS);
  const made = `${schemasDir}.new`;
  for (const old of [fetched, made]) rmSync(old, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await runLogged(python, ['-m', 'pip', 'install', '--no-deps', '--target', fetched, SCHEMAS], {
    ...{ logName: 'kubernetes-schemas', failure: `pip did not install ${SCHEMAS}`, cwd: folder },
  });
  for (const version of kubernetesVersions) {
    const from = join(fetched, 'kubernetes_validate', 'kubernetes-json-schema', `v${version}-local-strict`);
    mkdirSync(join(made, version), { recursive: true });
    for (const name of readdirSync(from))
      writeFileSync(join(made, version, name), besideEachOther(readFileSync(join(from, name), 'utf8')));
  }
  renameSync(made, schemasDir);
  rmSync(fetched, { recursive: true });
}

/** They name each other by addresses of a server: here they lie in one folder. @param {string} schema */
function besideEachOther(schema) {
  const { $id: _, ...rest } = JSON.parse(schema);
  return JSON.stringify(rest).replaceAll('"/api/_definitions.json', '"_definitions.json');
}

function howToInstall() {
  return 'There is neither kubeconform nor Go on the PATH: https://github.com/yannh/kubeconform, or Go (https://go.dev/dl/)';
}
