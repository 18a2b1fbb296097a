import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { ReportPlaces, reportsMax } from './report-places.js';

const connected = () => ({ socket: new EventEmitter() }) as unknown as IncomingMessage;

it('reports beyond the places for them are refused, not queued; and one that is made, or failed, leaves its place', async () => {
  const places = new ReportPlaces();
  const ends: { finish: () => void; fail: () => void }[] = [];
  const reports = Array.from({ length: reportsMax }, () =>
    places.make(connected(), () => new Promise<void>((finish, fail) => ends.push({ finish, fail }))),
  );
  await expect(places.make(connected(), async () => 'made')).rejects.toMatchObject({ problem: { code: 'OVERLOADED' } });

  ends[0]?.finish();
  await reports[0];
  expect(await places.make(connected(), async () => 'made')).toBe('made');

  ends[1]?.fail();
  await expect(reports[1]).rejects.toBeUndefined();
  expect(places.taken).toBe(reportsMax - 2);
});
