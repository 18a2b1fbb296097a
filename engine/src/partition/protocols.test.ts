import { setImmediate as turn } from 'node:timers/promises';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ownProtocol, Protocols } from './protocols.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What Postgres knows and says. */
class Given {
  readonly protocols = new Map<string, number>();
  /** Whether an engine of before owns partitions. */
  isOlderOwner = false;
  raises = 0;
  least = 1;
  answers = true;
  readonly tested = new Protocols({
    ...{ workerId: 'me', log: pino({ level: 'silent' }) },
    database: { query: async (text: string, values: unknown[] = []) => this.#query(text, values) as never },
  });

  #query(text: string, [value]: unknown[]): object[] {
    if (!this.answers) throw new Error('away');
    if (text.includes('raise_least_protocol')) {
      this.raises += 1;
      if (!this.isOlderOwner) this.least = ownProtocol;
      return [];
    }
    if (text.includes('least_protocol')) return [{ protocol: this.least }];
    return (value as string[]).map((id) => ({ worker_id: id, protocol: this.protocols.get(id) }));
  }

  /** One beat, and what is asked behind it. */
  async beat(...ids: string[]): Promise<string[]> {
    const may = this.tested.mayOwn(ids.map((workerId) => ({ workerId }))).map(({ workerId }) => workerId);
    await turn();
    vi.advanceTimersByTime(1_000);
    return may;
  }
}

test('of engines that speak the same all may own, and the least protocol is raised once', async () => {
  const given = new Given();
  given.protocols.set('other', ownProtocol);
  for (let i = 0; i < 4; i += 1) expect(await given.beat('me', 'other')).toEqual(['me', 'other']);
  expect(given.raises).toBe(1);
});

test('while an engine of before lives or owns something all may own', async () => {
  const given = new Given();
  given.protocols.set('old', ownProtocol - 1);
  for (let i = 0; i < 3; i += 1) expect(await given.beat('me', 'old')).toEqual(['me', 'old']);
  expect(given.raises).toBe(0);
  given.isOlderOwner = true;
  await given.beat('me');
  expect(await given.beat('me', 'old')).toEqual(['me', 'old']);
  expect(given.raises).toBe(1);
});

test('once it is raised an engine of before is handed nothing; one that is not known yet counts as new for a beat', async () => {
  const given = new Given();
  given.protocols.set('old', ownProtocol - 1);
  await given.beat('me');
  expect(await given.beat('me', 'old')).toEqual(['me', 'old']);
  expect(await given.beat('me', 'old')).toEqual(['me']);
});

test('an engine that starts beside one of before learns that it has risen already', async () => {
  const given = new Given();
  given.protocols.set('old', ownProtocol - 1);
  given.least = ownProtocol;
  await given.beat('me', 'old');
  expect(await given.beat('me', 'old')).toEqual(['me']);
  expect(given.raises).toBe(0);
});

test('an engine of two versions before, which Postgres lets own nothing already, is handed nothing while one of before lives', async () => {
  const given = new Given();
  given.protocols.set('old', 4);
  given.protocols.set('ancient', 3);
  given.least = 4;
  await given.beat('me', 'old', 'ancient');
  expect(await given.beat('me', 'old', 'ancient')).toEqual(['me', 'old']);
  expect(given.raises).toBe(0);
});

test('a database that does not answer is asked again', async () => {
  const given = new Given();
  given.answers = false;
  await given.beat('me');
  given.answers = true;
  await given.beat('me');
  expect(given.raises).toBe(1);
});
