// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { rulesOfPlatform } from '../chart/rendered-chart.mjs';
import { repoDir } from '../machine/paths.mjs';
import { providePromtool } from '../tools/promtool.mjs';
import { dashboardsDir, expressionsOf, filesOf, rulesDir } from './named-metrics.mjs';

const prometheusDir = join(repoDir, 'deploy', 'prometheus');
const runbooksDir = join(repoDir, 'deploy', 'runbooks');
const rules = filesOf(rulesDir)
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name ?? '');

/** @type {string | null} */
let promtool;
beforeAll(async () => {
  promtool = await providePromtool();
}, 300_000);

/** @param {string[]} args */
function runPromtool(...args) {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { cwd: prometheusDir, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

it.for([
  ['its configuration and rules are right', ['check', 'config', 'prometheus.yml']],
  ['each alert fires when it should, and none on a healthy platform', ['test', 'rules', 'alerts.test.yml']],
])('Prometheus says that %s', { timeout: 300_000 }, ([_what, args], { skip }) => {
  if (!promtool)
    return skip('There is no promtool on the PATH, and packages may not be installed here: it comes with Prometheus.');
  const { status, said } = runPromtool(...(args ?? []));
  expect(status, said).toBe(0);
});

it('with another platform in the same Prometheus, what one lacks is missing all the same', { timeout: 300_000 }, ({
  skip,
}) => {
  if (!promtool) return skip('There is no promtool on the PATH, and packages may not be installed here.');
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-rules-'));
  const releases = ['production', 'staging'].map((namespace) => ({ namespace, release: 'wallet', name: 'wallet' }));
  const files = releases.flatMap((of) =>
    ['platform.yml', 'sla.yml'].map((name) => {
      const file = join(folder, `${of.namespace}-${name}`);
      // As the operator has them: no two groups of one name in a file.
      writeFileSync(file, rulesOfPlatform(readFileSync(join(rulesDir, name), 'utf8'), of));
      return file;
    }),
  );
  const staging = (/** @type {string} */ metric, /** @type {string} */ labels) =>
    `${metric}{${labels}platform="staging/wallet"}`;
  const calls = (/** @type {string} */ platform, /** @type {string} */ status) =>
    `wallet_http_request_duration_seconds_count{platform="${platform}/wallet", method="POST", route="/api/payments", status="${status}"}`;
  const series = [
    ...['gateway', 'workers'].map((program) => staging('up', `job="smart-wallet-${program}", instance="s1", `)),
    staging('wallet_engine_active', 'instance="s1", '),
  ].map((each) => ({ series: each, values: '1+0x100' }));
  const test = {
    rule_files: files,
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          ...series,
          { series: calls('production', '201'), values: '0+6000x100' },
          { series: calls('staging', '201'), values: '0+60x100' },
          { series: calls('staging', '503'), values: '0+60x100' },
        ],
        promql_expr_test: [
          {
            expr: 'count by (alertname, platform) (ALERTS{alertstate="firing", severity="page"})',
            eval_time: '90m',
            exp_samples: [
              ...['GatewaysDown', 'NoActiveEngine', 'NoWorkers'].map((name) => [name, 'production']),
              ...['MoneyCallsFail', 'MoneyCallsFailFast'].map((name) => [name, 'staging']),
            ].map(([name, platform]) => ({ labels: `{alertname="${name}", platform="${platform}/wallet"}`, value: 1 })),
          },
        ],
      },
    ],
  };
  writeFileSync(join(folder, 'test.yml'), JSON.stringify(test));
  const { status, said } = runPromtool('test', 'rules', join(folder, 'test.yml'));
  rmSync(folder, { recursive: true });
  expect(status, said).toBe(0);
});

it('each rule asks for the figures of its platform', () => {
  const expressions = expressionsOf(rules);
  const ofPrograms = expressions.flatMap((text) =>
    [...text.matchAll(/\b(?:wallet[_:][\w:]+|nodejs_\w+|haproxy_\w+|up)\b(\{[^}]*\})?/g)].map(
      ([whole, labels = '']) => [whole, labels],
    ),
  );
  expect(ofPrograms.length).toBeGreaterThan(60);
  for (const [whole, labels] of ofPrograms) expect(labels, whole).toMatch(/[{ ]platform=~"\.\*"\}$/);
});

it('what a dashboard shows of calls that move money is of those that the alerts are about', () => {
  const [selected] = /route=~"[^"]+"/.exec(rules) ?? [];
  const panels = filesOf(dashboardsDir)
    .flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).panels)
    .filter(({ title }) => /money/.test(title ?? ''));
  const asked = panels.flatMap(({ targets }) => targets.map((/** @type {{ expr: string }} */ { expr }) => expr));
  expect(asked.some((expr) => expr.includes('_bucket'))).toBe(true);
  for (const expr of asked) expect(expr).toMatch(/^wallet:money_calls|_bucket\{/);
  for (const expr of asked.filter((each) => each.includes('{'))) expect(expr).toContain(`{method="POST", ${selected}}`);
});

it('each alert is tested, and has a page that says what it means, what to look at, what to do and how it ends', () => {
  const tests = readFileSync(join(prometheusDir, 'alerts.test.yml'), 'utf8');
  expect(alerts.length).toBeGreaterThan(20);
  expect(readdirSync(runbooksDir).sort()).toEqual(alerts.map((name) => `${name}.md`).sort());
  for (const name of alerts) {
    expect(tests).toContain(`- name: ${name}\n`);
    expect(rules).toContain(`runbook: deploy/runbooks/${name}.md\n`);
    const page = readFileSync(join(runbooksDir, `${name}.md`), 'utf8');
    expect(page).toMatch(/^# \w+\n\n\S.*\n## Look at\n\n- .*\n## Do\n\n- .*\n## It ends\n\n\S/s);
    for (const [, other] of page.matchAll(/\]\((\w+)\.md\)/g)) expect(alerts).toContain(other);
  }
});

it('dashboards ask only for records that the rules make, and have an address of their own', () => {
  const recorded = new Set([...rules.matchAll(/- record: (\S+)/g)].map(([, name]) => name));
  const boards = filesOf(dashboardsDir).map((file) => readFileSync(file, 'utf8'));
  const asked = [...boards, rules].flatMap(expressionsOf).flatMap((text) => text.match(/\bwallet:[\w:]+/g) ?? []);
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !recorded.has(name))).toEqual([]);
  expect(new Set(boards.map((text) => JSON.parse(text).uid)).size).toBe(boards.length);
});
