// @ts-check
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareDir } from '../machine/paths.mjs';
import { silentLog } from '../machine/terminal.mjs';
import { runLogged } from '../prepare/run-logged.mjs';

/** Models of the Prometheus operator's kinds, which know the types of their fields. */
const MODELS = '@kubernetes-models/prometheus-operator@6.0.0';
const folder = join(prepareDir, 'tools', MODELS.replaceAll('/', '-'));

/**
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<(manifest: { kind: string }) => string>} what is wrong with one; empty: nothing
 */
export async function provideOperatorModels(log = silentLog) {
  if (!existsSync(join(folder, 'node_modules')))
    await log.step('Fetching models of the Prometheus operator', fetchModels);
  const entry = join(folder, 'node_modules/@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/index.js');
  const models = await import(pathToFileURL(entry).href);
  return (manifest) => {
    try {
      new models[manifest.kind](manifest).validate();
      return '';
    } catch (error) {
      return `${manifest.kind}: ${/** @type {Error} */ (error).message}`;
    }
  };
}

async function fetchModels() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  await runLogged('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', MODELS], {
    ...{ logName: 'operator-models', failure: `npm did not install ${MODELS}`, cwd: folder },
  });
}
