import { setTimeout as sleep } from 'node:timers/promises';
import { FaultRun } from './fault-run.js';

/** A call of a few payments is some 5 kB to Postgres and 200 bytes back: cuts fall before, in and after it. */
const cutAfter = { bytesMin: 1_500, bytesMax: 40_000 };

export interface CutConnections {
  readonly wrong: string[];
  readonly story: string;
  readonly unknown: number;
  readonly paid: number;
}

/** Every engine's connections to Postgres are cut at random bytes until so many calls had an outcome that nobody knew. */
export async function payOverCutConnections(unknownWanted: number, patienceMs: number): Promise<CutConnections> {
  const run = await FaultRun.start({ engines: 2, proxied: ['engine-1', 'engine-2'] });
  try {
    const { proxy, traffic } = run;
    traffic.start(40);
    await sleep(1_000);
    proxy.cutAtRandom(cutAfter.bytesMin, cutAfter.bytesMax);
    const until = performance.now() + patienceMs;
    while (run.unknownCalls < unknownWanted && performance.now() < until) await sleep(200);
    proxy.pass();
    await sleep(1_000);
    await traffic.stop();
    const { wrong, story } = await run.verdict();
    return { wrong, story, unknown: run.unknownCalls, paid: traffic.count('201') };
  } finally {
    await run.stop();
  }
}
