import { describe, expect, it } from 'vitest';
import { Silence, silentAfterMs } from './silence.js';

function asked() {
  let nowMs = 1_000;
  const pending: { answer: (status: number) => void; lose: () => void }[] = [];
  const silence = new Silence(
    () =>
      new Promise((resolve, reject) => {
        pending.push({
          answer: (status) => resolve(new Response(null, { status })),
          lose: () => reject(new TypeError('no answer')),
        });
      }),
    () => nowMs,
  );
  const question = (signal?: AbortSignal) => {
    const answer = silence.fetch('/api', signal ? { signal } : {}).catch(() => null);
    const { answer: say, lose } = pending.at(-1) as (typeof pending)[number];
    const settled = async (act: () => void) => {
      act();
      await answer;
    };
    return { answer: (status: number) => settled(() => say(status)), lose: () => settled(lose) };
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { silence, question, pass };
}

describe('silence', () => {
  it('is over with any answer, also one that refuses', async () => {
    const { silence, question } = asked();
    expect(silence.sinceMs).toBeNull();
    const first = question();
    expect(silence.sinceMs).toBe(1_000);
    await first.answer(404);
    expect(silence.sinceMs).toBeNull();
  });

  it('goes on over attempts that are lost or answered by a proxy, from the first of them', async () => {
    const { silence, question, pass } = asked();
    await question().lose();
    pass(3_000);
    await question().answer(503);
    pass(3_000);
    const third = question();
    expect(silence.sinceMs).toBe(1_000);
    await third.answer(200);
    expect(silence.sinceMs).toBeNull();
  });

  it('does not begin with a slow answer while others come', async () => {
    const { silence, question, pass } = asked();
    const slow = question();
    pass(4_000);
    await question().answer(200);
    pass(4_000);
    expect(silence.sinceMs).toBe(5_000);
    await slow.answer(200);
    expect(silence.sinceMs).toBeNull();
  });

  it('does not begin with a question that is taken back, but with one that waited in vain', async () => {
    const { silence, question, pass } = asked();
    const leaving = new AbortController();
    const left = question(leaving.signal);
    leaving.abort();
    await left.lose();
    expect(silence.sinceMs).toBeNull();
    const patience = new AbortController();
    const waited = question(patience.signal);
    pass(silentAfterMs);
    patience.abort();
    await waited.lose();
    expect(silence.sinceMs).toBe(1_000);
  });
});
