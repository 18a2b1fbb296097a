// @ts-check
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
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
])('Prometheus says that %s', { timeout: 120_000 }, ([_what, args], { skip }) => {
  if (!promtool)
    return skip('There is no promtool on the PATH, and packages may not be installed here: it comes with Prometheus.');
  const { status, said } = runPromtool(...(args ?? []));
  expect(status, said).toBe(0);
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
