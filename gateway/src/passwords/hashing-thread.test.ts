import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { ProblemError } from '../http/problem.js';
import { costs } from './argon2id.js';
import type { HashingLane } from './hashing-lane.js';
import { HashingThread, HashingThreadLostError } from './hashing-thread.js';
import { Passwords } from './passwords.js';

const parameters = { message: 'correct horse', nonce: randomBytes(16), tagLength: 32 };
const cheap = { ...parameters, memory: 64, passes: 1, parallelism: 1 };

/** A thread that ends as `code` says when it is asked for anything. */
const endsBy = (code: string) => () =>
  new Worker(`require('node:worker_threads').parentPort.on('message', () => { ${code} })`, { eval: true });

it.each(["throw new Error('out of order')", 'process.exit(3)'])(
  'nobody is left waiting when the thread ends in the middle of a hash: %s',
  async (code) => {
    const thread = new HashingThread(endsBy(code));
    const hashes = await Promise.allSettled([thread.hash(cheap), thread.hash(cheap)]);
    expect(hashes.map((one) => one.status === 'rejected' && one.reason)).toEqual([
      expect.any(HashingThreadLostError),
      expect.any(HashingThreadLostError),
    ]);
  },
);

it('the next hash after a thread that ended is made by another', async () => {
  const real = new HashingThread();
  const tag = await real.hash(cheap);
  let started = 0;
  const starts = [endsBy('process.exit(1)'), answersWith(tag)];
  const thread = new HashingThread(() => (starts[started++] as () => Worker)());
  await expect(thread.hash(cheap)).rejects.toThrow(HashingThreadLostError);
  expect(await thread.hash(cheap)).toEqual(tag);
  expect(started).toBe(2);
});

it('what cannot be hashed is an error, and the thread goes on', async () => {
  const thread = new HashingThread();
  await expect(thread.hash({ ...cheap, memory: 1 })).rejects.toThrow();
  expect(await thread.hash(cheap)).toHaveLength(32);
});

it('a sign-in whose thread ended is told to come again', async () => {
  const lost = { run: () => Promise.reject(new HashingThreadLostError('gone')) } as unknown as HashingLane;
  const error = await new Passwords(lost).isPassword('x', null).catch((thrown: unknown) => thrown);
  expect((error as ProblemError).problem.code).toBe('OVERLOADED');
});

it.runIf(process.platform === 'linux')('a hash runs behind whatever else the machine has to do', async () => {
  const before = nicenesses();
  const thread = new HashingThread();
  await thread.hash({ ...parameters, ...costs });
  expect(thread.cpuMs).toBeGreaterThan(1);
  const [mine] = [...nicenesses()]
    .filter(([tid]) => !before.has(tid))
    .map(([, nice]) => nice)
    .toSorted((a, b) => b - a);
  expect(mine).toBe(10);
});

function answersWith(tag: Buffer): () => Worker {
  const code = `const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ id }) => parentPort.postMessage({ id, cpuMs: 1, tag: Buffer.from('${tag.toString('hex')}', 'hex') }));`;
  return () => new Worker(code, { eval: true });
}

/** Of the threads of this program, by their ids. */
function nicenesses(): Map<string, number> {
  return new Map(
    readdirSync('/proc/self/task').map((tid) => {
      const stat = readFileSync(`/proc/self/task/${tid}/stat`, 'latin1');
      return [tid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])];
    }),
  );
}
