import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, test } from 'vitest';
import { Mailboxes } from '../actor/mailbox.js';
import type { Database } from '../database.js';
import { payment } from '../testing/test-engines.js';
import { CommitLoop } from './commit-loop.js';
import type { LedgerMemory } from './ledger-memory.js';

test('a command that cannot be decided is answered as a fault, and what went wrong is logged', async () => {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(JSON.parse(chunk));
        done();
      },
    }),
  );
  // Nothing of this command reaches the ledger; a memory that throws stands for any bug of a plan.
  const memory = {
    missing: () => ({ walletIds: [], funding: [] }),
    readAgain: () => {},
    view: () => ({
      knownAnswer: () => {
        throw new Error('the bug');
      },
    }),
  } as unknown as LedgerMemory;
  const surroundings = {
    epochOf: () => 1,
    fenced: () => {},
    epochsRaised: () => {},
    committed: () => {},
  };
  const loop = new CommitLoop('engine', mailboxes, memory, {} as Database, surroundings, log);

  const command = payment('a', 'b', 100n);
  const answers: unknown[] = [];
  mailboxes.offer(1, command, { deadlineAt: performance.now() + 5_000, bytes: 0 }, (answer) =>
    answers.push(JSON.parse(answer)),
  );
  loop.stop();
  await loop.run();

  expect(answers).toEqual([{ outcome: 'NOT_DONE', code: 'COMMAND_FAULT' }]);
  expect(lines).toMatchObject([
    { level: 50, type: 'TRANSFER', keyDigest: command.keyDigest, partition: 1, err: { message: 'the bug' } },
  ]);
});
