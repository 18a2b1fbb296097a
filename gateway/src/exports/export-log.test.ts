import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import type { Database } from '../storage/database.js';
import { ExportLog, type NewExport } from './export-log.js';

const request = { raw: { method: 'GET' }, bearer: { subject: 'token:shop' }, traceId: 'trace' } as FastifyRequest;
const begun: NewExport = { action: 'TRANSACTIONS_EXPORTED', format: 'csv', filters: { kind: 'HOLD' }, rows: 7 };

/** A database that fails from the call on that is named, and takes its time. */
function logOver(failsFrom: number) {
  const written: unknown[][] = [];
  const errors: unknown[] = [];
  const query = async ({ values }: { values: unknown[] }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (written.length >= failsFrom) throw new Error('the database is away');
    written.push(values);
  };
  const log = new ExportLog({ query } as unknown as Database, {
    error: (...said: unknown[]) => void errors.push(said),
  });
  return { log, written, errors };
}

it('an export that cannot be written down is refused', async () => {
  const { log } = logOver(0);
  await expect(log.begin(request, begun)).rejects.toThrow('the database is away');
});

it('an end that cannot be written down is in the log, with all that it says', async () => {
  const { log, errors } = logOver(1);
  const exported = await log.begin(request, begun);
  exported.handedOver = 3;
  exported.ended(false);
  await log.onApplicationShutdown();
  expect(errors).toEqual([
    [expect.objectContaining({ by: 'token:shop', traceId: 'trace', rows: 3, whole: false }), expect.any(String)],
  ]);
});

it('those that end with the gateway are written down before it is gone', async () => {
  const { log, written, errors } = logOver(Infinity);
  const all = await Promise.all([1, 2, 3].map(() => log.begin(request, begun)));
  for (const exported of all) exported.ended(false);
  await log.onApplicationShutdown();
  expect(written.map(([action]) => action)).toEqual([
    ...Array(3).fill('TRANSACTIONS_EXPORTED'),
    ...Array(3).fill('EXPORT_ENDED'),
  ]);
  expect(errors).toEqual([]);
});

it('a HEAD takes nothing out', async () => {
  const { log, written } = logOver(Infinity);
  const head = { ...request, raw: { method: 'HEAD' } } as FastifyRequest;
  (await log.begin(head, begun)).ended(true);
  await log.onApplicationShutdown();
  expect(written).toEqual([]);
});
