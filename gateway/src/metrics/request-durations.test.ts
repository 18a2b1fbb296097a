import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { movesMoney, RequestDurations } from './request-durations.js';

it('how long requests took is told by route and status, each bucket with those below it', async () => {
  const registry = new Registry();
  const durations = new RequestDurations(registry);
  const observe = durations.route('POST', '/api/payments');
  for (const seconds of [0.0005, 0.001, 0.004, 20]) observe(201, seconds);
  observe(422, 0.2);
  durations.route('GET', '/api/wallets/:id')(200, 0.03);
  const lines = (await registry.metrics()).split('\n');
  const name = 'wallet_http_request_duration_seconds';
  expect(lines).toContain(`# TYPE ${name} histogram`);
  const made = 'method="POST",route="/api/payments",status="201"';
  const buckets = lines.filter((line) => line.startsWith(`${name}_bucket`) && line.includes(made));
  expect(buckets.map((line) => Number(line.split(' ')[1]))).toEqual([2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]);
  expect(buckets[0]).toBe(`${name}_bucket{le="0.001",${made}} 2`);
  expect(buckets.at(-1)).toBe(`${name}_bucket{le="+Inf",${made}} 4`);
  expect(lines).toContain(`${name}_sum{${made}} 20.0055`);
  expect(lines).toContain(`${name}_count{${made}} 4`);
  expect(lines).toContain(`${name}_count{method="POST",route="/api/payments",status="422"} 1`);
  expect(lines).toContain(`${name}_count{method="GET",route="/api/wallets/:id",status="200"} 1`);
});

const file = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

it('the first failure of a call that moves money is an increase: it is counted from zero', async () => {
  const registry = new Registry();
  const durations = new RequestDurations(registry);
  durations.route('POST', '/api/payments');
  durations.route('GET', '/api/payments');
  const counts = (await registry.metrics()).split('\n').filter((line) => line.includes('_count{'));
  const catalogue = file('gateway/src/http/problem-catalogue.ts').matchAll(/status: (5\d\d)/g);
  const failures = [...new Set([...catalogue].map(([, status]) => status))].sort();
  expect(failures.length).toBeGreaterThan(2);
  expect(counts).toEqual(
    failures.map(
      (status) =>
        `wallet_http_request_duration_seconds_count{method="POST",route="/api/payments",status="${status}"} 0`,
    ),
  );
});

it('the calls that move money are those that the rules select', () => {
  const [, selected = ''] = /method="POST", route=~"([^"]+)"/.exec(file('deploy/prometheus/rules/sla.yml')) ?? [];
  const { paths } = JSON.parse(file('gateway/openapi.json')) as { paths: Record<string, object> };
  const routes = Object.entries(paths).flatMap(([path, calls]) => ('post' in calls ? [path] : []));
  const byRules = routes.filter((route) => new RegExp(`^(?:${selected})$`).test(route));
  expect(byRules.length).toBeGreaterThan(8);
  expect(routes.filter((route) => movesMoney('POST', route))).toEqual(byRules);
});
