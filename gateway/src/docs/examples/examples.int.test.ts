import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js';
import { type RecordedExample, Stills, traceparent } from './recorded-example.js';
import {
  alertOfExamples,
  ann,
  bob,
  deadLettersOfExamples,
  deliveryOfExamples,
  digestOfExamples,
  findingOfExamples,
  type Step,
  story,
} from './story.js';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.scratch.database.admin.query(
    `INSERT INTO reconciliation_findings (finding_id, check_name, wallet_id, what, currency, expected, found, delta, break_digest,
       first_run_no, last_run_no)
     VALUES ($1, 'BALANCE', $2, 'balance', 'EUR', '87.50', '75.00', '-12.50', sha256('example'), 1, 1)`,
    [findingOfExamples, bob],
  );
  await platform.scratch.database.admin.query(
    `INSERT INTO job_schedules (job, cron, time_zone, next_due_at) VALUES ('digests', '*/20 * * * * *', 'UTC', clock_timestamp())`,
  );
  await platform.scratch.database.admin.query(
    `INSERT INTO alerts (alert_id, alert_type, subject, severity, status, recipients, message, details, value, threshold, created_at,
       sent_at, updated_at)
     SELECT $1, 'FAILURE_RATE', 'platform', 'WARNING', 'SENT', '{ops@example.com}', '6.2 % of the payments of 5 minutes failed (from 5 %).',
       '{}', 6.2, 5, at, at, at FROM clock_timestamp() AS at`,
    [alertOfExamples],
  );
  await platform.scratch.database.admin.query(
    `INSERT INTO digests (digest_id, email, frequency, digest_date, time_zone, status, sent_at)
       VALUES ($1, 'ann@example.com', 'DAILY', '2026-01-30', 'Europe/Berlin', 'SENT', clock_timestamp())`,
    [digestOfExamples],
  );
  await platform.scratch.database.admin.query(
    `INSERT INTO mails (mail_id, mail_key, recipient, subject, text_body, html_body, message_id, status, next_attempt_at, give_up_at,
                        created_at, sent_at)
     SELECT gen_random_uuid(), 'digest ' || $1, 'ann@example.com', 'Smart Wallet, 30 January: all is well', 'ALL IS WELL',
            '<!doctype html><title>All is well</title><p>All is well</p>', '<0123456789abcdef0123456789abcdef@mail.smart-wallet.internal>',
            'SENT', at, at, at, at FROM clock_timestamp() AS at`,
    [digestOfExamples],
  );
  await platform.scratch.database.admin.query(
    `INSERT INTO dead_letters (dead_letter_id, queue, message_id, reason, attempts, first_failed_at, payload, payload_bytes, headers)
     SELECT id, 'summaries.v1', 'example', 'delivery_limit', 5, clock_timestamp(), '{"day":"2026-01-31"}', 20, '{}'
       FROM unnest($1::uuid[]) AS id`,
    [deadLettersOfExamples],
  );
  await platform.scratch.database.admin.query(
    `WITH endpoint AS (
       INSERT INTO webhooks (webhook_id, url, event_types, created_by, status_by)
         VALUES ('019c1408-cccc-7000-8000-000000000001', 'https://books.example.com/', '{*}', 'dev', 'dev') RETURNING webhook_id)
     INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type, status, attempts, ended_at)
       SELECT $1, webhook_id, '019c1408-dddd-7000-8000-000000000001', 'transaction.succeeded', 'FAILED', $2, clock_timestamp() FROM endpoint`,
    [
      deliveryOfExamples,
      JSON.stringify([{ at: '2026-01-31T12:00:00.000Z', status: 503, durationMs: 41, error: null }]),
    ],
  );
});
afterAll(() => platform?.close());

type Operations = Record<string, { operationId: string }>;
const api = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Operations>;
};
const addresses = new Map(
  Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => [
      operationId,
      { method: method.toUpperCase(), path },
    ]),
  ),
);

/** Each answer is held against its schema as it comes in. */
async function asked(
  step: Step,
  stills: Stills,
  kept: Record<string, string>,
): Promise<{ example: RecordedExample; answer: unknown }> {
  const { operationId, title, id, query, headers, body } = step;
  const { method, path } = addresses.get(operationId) as { method: string; path: string };
  const target = path.replace(/\{\w+\}/, id ?? '') + (query ? `?${new URLSearchParams(query)}` : '');
  const response = await fetch(platform.url + target, {
    method,
    headers: {
      ...{ ...credentials(step, kept), ...headers, traceparent },
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0];
  if (cookie) kept.cookie = cookie;
  const text = await response.text();
  const type = (response.headers.get('content-type') ?? '').split(';', 1)[0] as string;
  const answer = /[/+]json$/.test(type) ? JSON.parse(text) : text;
  const stillAnswer =
    operationId === 'getMetrics'
      ? firstMetric(text)
      : operationId === 'readSystem'
        ? firstParts(stills.still(answer))
        : operationId === 'listTakeovers'
          ? newestTakeover(stills.still(answer))
          : typeof answer === 'string'
            ? stills.text(answer)
            : stills.still(answer);
  const stillHeaders = headers && Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'accept'));
  const example: RecordedExample = {
    title,
    ...(id === undefined ? {} : { path: stills.still({ id }) }),
    ...(query ? { query: stills.still(query) } : {}),
    ...(stillHeaders && Object.keys(stillHeaders).length > 0 ? { headers: stillHeaders } : {}),
    ...(body ? { body } : {}),
    answer: { status: response.status, type, body: stillAnswer },
  };
  return { example, answer };
}

function credentials({ as }: Step, kept: Record<string, string>): Readonly<Record<string, string>> {
  if (as === undefined) return platform.authorization;
  return as === 'cookie' ? { cookie: kept.cookie as string } : { authorization: `Bearer ${kept[as]}` };
}

/** How far everything has come differs from one time to the next. */
const firstParts = ({ engines, partitions, gateways, relay, heard, ...others }: SystemAnswer) => ({
  engines: engines.map((engine) => ({ ...engine, batchSeq: 1_200, perBatch: { mean: 4.2, most: 31 } })),
  partitions: partitions.slice(0, 1).map((partition) => ({ ...partition, epoch: 1, sequence: 1_260 })),
  gateways: gateways.slice(0, 1),
  relay: { ...relay, lagSeconds: 0.2, lagBatches: 1 },
  heard: heard && {
    engines: heard.engines.map((engine) => ({ ...engine, heardMsAgo: 420, memoryBytes: 124_000_000 })),
    gateways: heard.gateways.map((gateway) => ({ ...gateway, url: 'http://127.0.0.1:3000' })),
  },
  ...others,
});

/** An engine may have come to its partitions in more than one step. */
const newestTakeover = ({ items: [newest] }: { items: object[] }) => ({
  items: [{ ...newest, partitions: [0, 1] }],
  nextCursor: null,
});

interface SystemAnswer {
  engines: object[];
  partitions: object[];
  gateways: object[];
  relay: object;
  heard: { engines: object[]; gateways: object[] } | null;
}

const firstMetric = (text: string) =>
  text
    .split('\n')
    .slice(0, 3)
    .join('\n')
    .replace(/[\d.e-]+$/, '1.5');

it('the examples of the description are what a platform answers, and every operation has one that succeeds', async () => {
  const stills = new Stills([ann, bob]);
  const kept: Record<string, string> = {};
  const examples: Record<string, RecordedExample[]> = {};
  for (const each of story) {
    const step = typeof each === 'function' ? each(kept) : each;
    const { example, answer } = await asked(step, stills, kept);
    if (step.keep) kept[step.keep[1]] = (answer as Record<string, string>)[step.keep[0]] as string;
    examples[step.operationId] = [...(examples[step.operationId] ?? []), example];
  }
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot('./examples.json');
  const succeeded = Object.entries(examples).filter(([, all]) => all.some(({ answer }) => answer.status < 300));
  const silent = [...addresses.keys()].filter((operationId) => !succeeded.some(([one]) => one === operationId));
  expect(silent).toEqual([]);
});
