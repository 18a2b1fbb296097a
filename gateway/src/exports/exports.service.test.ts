import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import type { FinalTime } from '../closing/final-time.js';
import { StreamedAnswers } from '../http/streamed-answers.js';
import type { ReadingPace } from '../storage/reading-pace.js';
import type { ReportDatabase } from '../storage/report-database.js';
import type { ExportLog } from './export-log.js';
import { ExportsService } from './exports.service.js';

it('an export of a ledger of which nothing is known to be final says that its time was over, and leaves its place', async () => {
  const streams = new StreamedAnswers();
  const unknown = { reach: async () => 0 } as unknown as FinalTime;
  const exports = new ExportsService({} as ReportDatabase, unknown, streams, {} as ReadingPace, {} as ExportLog);
  const request = { query: {}, raw: { socket: new EventEmitter() } } as unknown as FastifyRequest;
  await expect(exports.transactions(request, {} as FastifyReply)).rejects.toMatchObject({
    problem: { code: 'DEADLINE_EXCEEDED' },
  });
  expect(streams.openCount).toBe(0);
});
