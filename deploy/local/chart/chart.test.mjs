// @ts-check
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repoDir } from '../machine/paths.mjs';
import { findHelm, runHelm } from '../tools/helm.mjs';
import {
  chartDir,
  goldenFile,
  inputsDigest,
  inputsFile,
  manifestsOf,
  readYaml,
  renderSet,
  rulesOfPlatform,
  schemaFile,
  templateArgs,
  valueSets,
  valuesFile,
  withoutRules,
} from './rendered-chart.mjs';
import { valuesSchema } from './values-schema.mjs';

const helm = findHelm();
const noHelm = 'There is no Helm on the PATH, nor one that was built here: npm run drill -- helm builds it.';
const rulesDir = join(repoDir, 'deploy', 'prometheus', 'rules');

/** @type {string} */
let folder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smart-wallet-chart-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the schema of the values says what the programs read', async () => {
  await expect(`${JSON.stringify(valuesSchema(), null, 2)}\n`).toMatchFileSnapshot(schemaFile);
});

describe('values', () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(valuesSchema());
  const defaults = readYaml(join(chartDir, 'values.yaml'));

  it.for([...valueSets])('%s are taken', (set) => {
    expect(validate(merged(defaults, readYaml(valuesFile(set)))), JSON.stringify(validate.errors)).toBe(true);
  });

  it('without a registry of one’s own are refused', () => {
    expect(validate(defaults)).toBe(false);
    expect(validate.errors).toMatchObject([{ instancePath: '/image/repository' }]);
  });

  it.for(misspelt())('misspelt at %s are refused', ([path, values]) => {
    const all = merged(merged(defaults, readYaml(valuesFile('minimal'))), /** @type {object} */ (values));
    expect(validate(all)).toBe(false);
    expect(validate.errors?.map(({ instancePath }) => instancePath)).toContain(path);
  });

  it('misspelt are refused by Helm', ({ skip }) => {
    if (!helm) return skip(noHelm);
    const file = join(folder, 'misspelt.yaml');
    for (const [path, values] of misspelt()) {
      writeFileSync(file, JSON.stringify(values));
      const { status, stderr } = runHelm(helm, templateArgs('minimal', '--values', file));
      expect(status, path).not.toBe(0);
      expect(stderr).toMatch(/values don't meet the specifications of the schema/);
    }
  });
});

describe('what Helm makes of', () => {
  it.for([...valueSets])('%s is what is committed', async (set, { skip }) => {
    if (!helm) return skip(noHelm);
    const rendered = renderSet(helm, set);
    await expect(withoutRules(rendered)).toMatchFileSnapshot(goldenFile(set));
    const rules = manifestsOf(rendered).flatMap(({ kind, spec }) => (kind === 'PrometheusRule' ? [spec] : []));
    const name = set === 'everything' ? 'ledger' : 'wallet-smart-wallet';
    const files = readdirSync(rulesDir).map((file) =>
      parse(
        rulesOfPlatform(readFileSync(join(rulesDir, file), 'utf8'), { namespace: 'wallet', release: 'wallet', name }),
      ),
    );
    expect(JSON.stringify(rules)).not.toContain('platform=~');
    expect(rules).toEqual(set === 'minimal' ? [] : files);
  });

  it('these templates and values is what is committed', async () => {
    if (helm) return expect(inputsDigest()).toMatchFileSnapshot(inputsFile);
    // Who has no Helm must not say that it is.
    expect(readFileSync(inputsFile, 'utf8'), `rendered from others. ${noHelm} Then: -u`).toBe(inputsDigest());
  });

  it('a policy that locks Prometheus out of the gateways is refused', ({ skip }) => {
    if (!helm) return skip(noHelm);
    const file = join(folder, 'locked-out.yaml');
    const peers = [{ podSelector: {} }];
    const render = (/** @type {object} */ networkPolicy) => {
      writeFileSync(file, JSON.stringify({ networkPolicy, monitoring: { serviceMonitor: { enabled: true } } }));
      return runHelm(helm, templateArgs('minimal', '--values', file));
    };
    const { status, stderr } = render({ gatewayFrom: peers });
    expect(status).not.toBe(0);
    expect(stderr).toContain('networkPolicy.monitoringFrom is not');
    expect([render({}), render({ gatewayFrom: peers, monitoringFrom: peers })].map((each) => each.status)).toEqual([
      0, 0,
    ]);
  });

  it('rules whose figures nobody labels are refused', ({ skip }) => {
    if (!helm) return skip(noHelm);
    const file = join(folder, 'unlabelled.yaml');
    const render = (/** @type {object} */ monitoring) => {
      writeFileSync(file, JSON.stringify({ monitoring }));
      return runHelm(helm, templateArgs('minimal', '--values', file));
    };
    const { status, stderr } = render({ prometheusRule: { enabled: true } });
    expect(status).not.toBe(0);
    expect(stderr).toContain('monitoring.serviceMonitor is not');
    const taken = [
      { prometheusRule: { enabled: true }, serviceMonitor: { enabled: true } },
      { serviceMonitor: { enabled: true } },
    ];
    expect(taken.map((monitoring) => render(monitoring).status)).toEqual([0, 0]);
  });

  it.for([...valueSets])(
    'the migration of %s alone, as a restore runs it, needs nothing that the release makes',
    (set, { skip }) => {
      if (!helm) return skip(noHelm);
      const described = readFileSync(join(repoDir, 'deploy/KUBERNETES.md'), 'utf8');
      const [, template = ''] = /helm template wallet .* --show-only (\S+);/.exec(described) ?? [];
      const { status, stdout, stderr } = runHelm(helm, templateArgs(set, '--show-only', template));
      expect(status, stderr).toBe(0);
      const alone = manifestsOf(stdout);
      expect(alone.map(({ kind }) => kind).filter((kind) => kind !== 'NetworkPolicy')).toEqual(['Job']);
      const { metadata, spec } = alone.filter(({ kind }) => kind === 'Job')[0] ?? { metadata: { name: '' }, spec: {} };
      expect(metadata.name).toBe(set === 'everything' ? 'ledger-migrate' : 'wallet-smart-wallet-migrate');
      expect(spec.suspend).toBeUndefined();
      const pod = spec.template.spec;
      expect(pod.containers[0].image).toMatch(/\/migrate:\S+$/);
      expect(pod.serviceAccountName).toBeUndefined();
      // Secrets and bundles are the user's own, by name.
      const needed = pod.volumes.map(
        (/** @type {any} */ { secret, configMap }) => secret?.secretName ?? configMap?.name,
      );
      const made = manifestsOf(renderSet(helm, set)).filter(({ kind }) => kind === 'Secret' || kind === 'ConfigMap');
      expect([needed.every(Boolean), made]).toEqual([true, []]);
      expect(needed).toContain('smart-wallet-migrate');
      for (const { metadata: its, spec: of } of alone.filter(({ kind }) => kind === 'NetworkPolicy')) {
        expect(its.name).toBe(metadata.name);
        expect(spec.template.metadata.labels).toMatchObject(of.podSelector.matchLabels);
      }
    },
  );

  it('the chart passes its lint, strictly', ({ skip }) => {
    if (!helm) return skip(noHelm);
    for (const set of valueSets) {
      const { status, stdout, stderr } = runHelm(helm, ['lint', '--strict', chartDir, '--values', valuesFile(set)]);
      expect(status, `${stdout}${stderr}`).toBe(0);
    }
  });
});

it('the rules are those of deploy/prometheus, no copy', () => {
  expect(realpathSync(join(chartDir, 'rules'))).toBe(realpathSync(rulesDir));
});

it('the chart is of the programs’ version', () => {
  const { version } = JSON.parse(readFileSync(join(repoDir, 'package.json'), 'utf8'));
  expect(readYaml(join(chartDir, 'Chart.yaml'))).toMatchObject({ appVersion: version });
});

/** Where it is refused, and what. @returns {[string, object][]} */
function misspelt() {
  return [
    ['', { gatewai: {} }],
    ['/image', { image: { repositry: 'x' } }],
    ['/engine', { engine: { replica: 3 } }],
    ['/gateway/config', { gateway: { config: { RATE_LIMIT_READ: '10/1s' } } }],
    ['/gateway/config', { gateway: { config: { WALLET_ENV: 'development' } } }],
    ['/gateway/config/RATE_LIMIT_READS', { gateway: { config: { RATE_LIMIT_READS: '10 a second' } } }],
    ['/engine/config/LIVE_STREAM', { engine: { config: { LIVE_STREAM: true } } }],
    ['/engine/config', { engine: { config: { DATABASE_URL: 'postgres://wallet_engine:secret@db/wallet' } } }],
    ['/engine/secret/keys/0', { engine: { secret: { keys: ['DATABASE_UR'] } } }],
    ['/config/LOG_LEVEL', { config: { LOG_LEVEL: 'verbose' } }],
    ['/gateway/ingress/hosts', { gateway: { ingress: { enabled: true } } }],
    ['/networkPolicy/gatewayFrom/0', { networkPolicy: { gatewayFrom: [{ podselector: {} }] } }],
  ];
}

/** As Helm does it: objects by their keys, all else as a whole. @param {any} below @param {any} above @returns {any} */
function merged(below, above) {
  if (!isObject(below) || !isObject(above)) return above;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, key in above ? merged(below[key], above[key]) : below[key]]));
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
