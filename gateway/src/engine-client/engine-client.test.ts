import type {
  Command,
  CommandRequest,
  CommandResult,
  TransferCommand,
} from '@smart-wallet/engine/contract/commands.js';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import {
  commandAgeMaxMs,
  commandDeadlineMs,
  heartbeatTtlMs,
  requestBytesMax,
  requestPaymentsMax,
} from '@smart-wallet/engine/contract/limits.js';
import type { PaymentTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { recorded } from '../testing/fake-owner.js';
import type { EngineResult } from './call.js';
import { EngineClient } from './engine-client.js';
import { retryBackoffMinMs } from './lanes.js';
import { LeastProtocol } from './least-protocol.js';
import { commandBytesOpenMax, commandsOpenMax, replyGraceMs } from './open-calls.js';
import { OwnershipMap } from './ownership-map.js';
import { ScopedCommands } from './scoped-commands.js';

type Sent = CommandRequest;

let nowMs: number;
let connected: boolean;
let sent: Sent[];
let tickEnd: (() => void)[];
/** All engines are of this version. */
const newest = new LeastProtocol({ query: async () => ({ rows: [{ protocol: 5 }] }) } as never);
let client: EngineClient;
let faults: unknown[];

beforeEach(() => {
  nowMs = 1_000;
  connected = true;
  sent = [];
  tickEnd = [];
  faults = [];
  client = new EngineClient({
    scoped: new ScopedCommands(newest),
    transport: {
      send(_workerId, { text }) {
        if (connected) sent.push(JSON.parse(text) as CommandRequest);
        return connected;
      },
      flush() {},
    },
    ownership: new OwnershipMap(1, heartbeatTtlMs),
    now: () => nowMs,
    atTickEnd: (run) => tickEnd.push(run),
    onFault: (error) => faults.push(error),
  });
});

const endTick = () => {
  for (const run of tickEnd.splice(0)) run();
};
const claim = (epoch: number) => {
  client.ownership({ type: 'CLAIMED', partition: 0, epoch, workerId: `w${epoch}`, workerName: 'w', atMs: 0 });
  endTick();
};
const pass = (ms: number) => {
  nowMs += ms;
  client.sweep();
  endTick();
};
const last = () => sent.at(-1) as Sent;
const reply = (request: Sent, ...results: CommandResult[]) => {
  client.replied(request.id, results);
  endTick();
};
const nobody = (request: Sent) => {
  client.unreached(request.id);
  endTick();
};

function payment(key: string, requestHash = '0'.repeat(32), description: string | null = null): TransferCommand {
  return {
    type: 'TRANSFER',
    kind: 'PAYMENT',
    caller: 'dev',
    idempotencyKey: key,
    keyDigest: keyDigest('dev', key),
    requestHash,
    senderWalletId: '11111111-1111-4111-8111-111111111111',
    receiverWalletId: '22222222-2222-4222-8222-222222222222',
    amount: '10000',
    currency: 'EUR',
    reference: null,
    description,
    metadata: null,
    initiatedAtMs: 0,
  };
}

/** Starts a command and returns where its answer will be. */
function start(command: Command): { result?: EngineResult } {
  const answer: { result?: EngineResult } = {};
  client.start(command, (result) => {
    answer.result = result;
  });
  return answer;
}

const done = (key: string): CommandResult => ({
  outcome: 'RECORDED',
  transaction: recorded(payment(key)),
  replayed: false,
});
const notDone = (code: string) => ({ outcome: 'NOT_DONE', code });

describe('an answer', () => {
  it('that its caller cannot take costs the others nothing', () => {
    claim(1);
    const fault = new Error('a bug');
    client.start(payment('a'), () => {
      throw fault;
    });
    const b = start(payment('b'));
    endTick();
    reply(last(), done('a'), done('b'));
    expect(faults).toEqual([fault]);
    expect(b.result?.outcome).toBe('RECORDED');
    expect(client.openCount).toBe(0);
  });

  it('of NOT_OWNER is no sign of life of the owner', () => {
    claim(1);
    nowMs += heartbeatTtlMs;
    start(payment('a'));
    endTick();
    nowMs += 1;
    reply(last(), { outcome: 'NOT_DONE', code: 'NOT_OWNER' });
    expect(client.unownedPartitions()).toEqual([0]);
  });
});

describe('lean answers', () => {
  it('are asked for, and made whole with what the command says', () => {
    claim(1);
    const command = payment('a');
    const a = start(command);
    const b = start(payment('b'));
    endTick();
    expect(last().lean).toBe(true);
    const transaction = { ...recorded(command), batchSeq: 7, processingAtMs: 8, createdAtMs: 9 };
    const refused = { failureCode: 'INSUFFICIENT_FUNDS', failureReason: 'no' };
    const { transactionId } = transaction;
    reply(
      last(),
      ...([
        [transactionId, 7, 8, 9],
        [transactionId, 7, 8, 9, refused.failureCode, refused.failureReason],
      ] as never[]),
    );
    expect(a.result).toEqual({ outcome: 'RECORDED', transaction, replayed: false });
    expect(b.result).toMatchObject({ outcome: 'RECORDED', transaction: { ...refused, status: 'FAILED' } });
  });

  it('that cannot be read leave their command alone unknown: it is asked for again', () => {
    claim(1);
    const [a, b] = [start(payment('a')), start(payment('b'))];
    endTick();
    reply(last(), ['nonsense', 1, 2, 3] as never, done('b'));
    expect(b.result?.outcome).toBe('RECORDED');
    expect(a.result).toBeUndefined();
    pass(retryBackoffMinMs);
    expect(last().commands).toHaveLength(1);
  });
});

describe('micro-batches', () => {
  it('sends the commands of a tick as one request and answers each by its place', () => {
    claim(1);
    const [a, b] = [start(payment('a')), start(payment('b'))];
    expect(sent).toHaveLength(0);
    endTick();
    expect(sent).toHaveLength(1);
    expect(last().epoch).toBe(1);
    expect(last().msLeft).toEqual([commandDeadlineMs, commandDeadlineMs]);
    expect(last().commands.map((command) => (command as TransferCommand).idempotencyKey)).toEqual(['a', 'b']);
    const rejected: CommandResult = { outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND', detail: 'no' };
    reply(last(), done('a'), rejected);
    expect(a.result?.outcome).toBe('RECORDED');
    expect(b.result).toEqual(rejected);
    expect(client.openCount).toBe(0);
  });

  it('keeps each request within its limits of commands and bytes', () => {
    claim(1);
    for (let i = 0; i < requestPaymentsMax + 1; i++) start(payment(`k${i}`));
    endTick();
    expect(sent.map((request) => request.commands.length)).toEqual([requestPaymentsMax, 1]);
    sent = [];
    const large = 'x'.repeat(requestBytesMax / 2);
    start(payment('l1', undefined, large));
    start(payment('l2', undefined, large));
    endTick();
    expect(sent.map((request) => request.commands.length)).toEqual([1, 1]);
  });

  it('counts the payments of atomic batches, whose reply is as long as all of theirs', () => {
    claim(1);
    const item = { ...payment('x'), reference: null };
    for (const key of ['b1', 'b2', 'b3']) {
      const { caller, keyDigest: digest, requestHash, initiatedAtMs } = payment(key);
      const payments = Array.from({ length: requestPaymentsMax / 2 }, () => item) as unknown as PaymentTerms[];
      start({
        type: 'ATOMIC_BATCH',
        caller,
        idempotencyKey: key,
        keyDigest: digest,
        requestHash,
        initiatedAtMs,
        payments,
      });
    }
    endTick();
    expect(sent.map((request) => request.commands.length)).toEqual([2, 1]);
  });

  it('turns away a command that fits no request', () => {
    claim(1);
    expect(start(payment('a', undefined, 'x'.repeat(requestBytesMax))).result).toEqual({ outcome: 'TOO_LARGE' });
  });

  it('turns commands away at once, with nothing sent, when too many wait', () => {
    for (let i = 0; i < commandsOpenMax; i++) start(payment(`k${i}`));
    expect(start(payment('one more')).result).toEqual(notDone('OVERLOADED'));
  });
});

describe('certainly not done', () => {
  it('waits for an owner and sends when one is announced', () => {
    const a = start(payment('a'));
    endTick();
    expect(sent).toHaveLength(0);
    nowMs += 1_000;
    claim(3);
    expect(last().epoch).toBe(3);
    expect(last().msLeft).toEqual([commandDeadlineMs - 1_000]);
    reply(last(), done('a'));
    expect(a.result?.outcome).toBe('RECORDED');
  });

  it('answers PARTITION_UNAVAILABLE at the deadline when there was no owner', () => {
    const a = start(payment('a'));
    pass(commandDeadlineMs - 1);
    expect(a.result).toBeUndefined();
    pass(1);
    expect(a.result).toEqual(notDone('PARTITION_UNAVAILABLE'));
  });

  it('tries again with backoff while nobody listens, and stays certain', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    nobody(last());
    expect(sent).toHaveLength(1);
    pass(25);
    expect(sent).toHaveLength(2);
    nobody(last());
    pass(25);
    expect(sent).toHaveLength(2);
    pass(25);
    expect(sent).toHaveLength(3);
    nobody(last());
    pass(commandDeadlineMs);
    expect(a.result).toEqual(notDone('PARTITION_UNAVAILABLE'));
  });

  it('asks the next owner after NOT_OWNER', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    reply(last(), { outcome: 'NOT_DONE', code: 'NOT_OWNER' });
    expect(a.result).toBeUndefined();
    claim(2);
    expect(last().epoch).toBe(2);
    reply(last(), done('a'));
    expect(a.result?.outcome).toBe('RECORDED');
  });

  it.each(['OVERLOADED', 'STORAGE_UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const)('passes %s on at once', (code) => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    reply(last(), { outcome: 'NOT_DONE', code });
    expect(a.result).toEqual(notDone(code));
  });

  it('is not sent while NATS is away, and goes when it is back', () => {
    claim(1);
    connected = false;
    const a = start(payment('a'));
    endTick();
    connected = true;
    client.connected();
    endTick();
    reply(last(), done('a'));
    expect(a.result?.outcome).toBe('RECORDED');
  });
});

describe('perhaps done', () => {
  it('is OUTCOME_UNKNOWN when no answer came by the deadline and the grace', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    pass(commandDeadlineMs + replyGraceMs - 1);
    expect(a.result).toBeUndefined();
    pass(1);
    expect(a.result).toEqual({ outcome: 'UNKNOWN' });
    expect(client.openCount).toBe(0);
  });

  it("hears the engine's own DEADLINE_EXCEEDED within the grace", () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    pass(commandDeadlineMs + 100);
    reply(last(), { outcome: 'NOT_DONE', code: 'DEADLINE_EXCEEDED' });
    expect(a.result).toEqual(notDone('DEADLINE_EXCEEDED'));
  });

  it('goes to the new owner at once with the same key, and the late answer of the old one is ignored', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    const old = last();
    claim(2);
    expect(sent).toHaveLength(2);
    expect(last()).toMatchObject({ epoch: 2, commands: old.commands });
    reply(old, { outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND', detail: 'stale' });
    expect(a.result).toBeUndefined();
    reply(last(), done('a'));
    expect(a.result?.outcome).toBe('RECORDED');
  });

  it('stays unknown after the new owner only says that it did not look', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    claim(2);
    reply(last(), { outcome: 'NOT_DONE', code: 'OVERLOADED' });
    expect(a.result).toBeUndefined();
    pass(25);
    expect(sent).toHaveLength(3);
    nobody(last());
    pass(commandDeadlineMs);
    expect(a.result).toEqual({ outcome: 'UNKNOWN' });
  });

  it('asks again after UNKNOWN, and after a lost connection', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    reply(last(), { outcome: 'UNKNOWN' });
    pass(25);
    expect(sent).toHaveLength(2);
    connected = false;
    client.disconnected();
    pass(500);
    connected = true;
    client.connected();
    endTick();
    expect(sent).toHaveLength(3);
    reply(last(), { ...done('a'), replayed: true } as CommandResult);
    expect(a.result).toMatchObject({ outcome: 'RECORDED', replayed: true });
  });

  it('treats a reply that cannot be read as unknown', () => {
    claim(1);
    const a = start(payment('a'));
    endTick();
    client.replied(last().id, []);
    pass(25);
    expect(sent).toHaveLength(2);
    client.replied(last().id, undefined);
    pass(commandDeadlineMs);
    expect(a.result).toEqual({ outcome: 'UNKNOWN' });
  });
});

describe('identical calls', () => {
  it('are sent once and share the answer', () => {
    claim(1);
    const answers = Array.from({ length: 50 }, () => start(payment('a')));
    endTick();
    expect(last().commands).toHaveLength(1);
    reply(last(), done('a'));
    expect(new Set(answers.map((answer) => answer.result)).size).toBe(1);
    expect(answers[0]?.result?.outcome).toBe('RECORDED');
  });

  it('with another request go to the engine while the first is in flight: whose the key is, the ledger says', () => {
    claim(1);
    const first = start(payment('a'));
    const rival = start(payment('a', '1'.repeat(32)));
    const same = start(payment('a'));
    endTick();
    expect(last().commands).toHaveLength(2);
    expect([first.result, rival.result]).toEqual([undefined, undefined]);
    const reused = { outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED', detail: '' } as const;
    reply(last(), reused, done('b'));
    expect(first.result).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(same.result).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(rival.result?.outcome).toBe('RECORDED');
  });

  it('that come when the first is too old for the engine to look at are sent anew', () => {
    claim(1);
    const first = start(payment('a'));
    endTick();
    for (let ms = 0; ms < commandAgeMaxMs; ms += 2_000) {
      pass(2_000);
      claim(2 + ms / 2_000); // what was in flight to an earlier owner is sent again
      start(payment('a'));
      endTick();
    }
    expect(first.result).toEqual({ outcome: 'UNKNOWN' });
    // For a while there were two of the same key: the old one, and the one sent anew.
    expect(sent.some((request) => request.commands.length === 2)).toBe(true);
    reply(last(), { ...done('a'), replayed: true } as CommandResult);
    expect(client.openCount).toBe(0);
    const again = start(payment('a'));
    endTick();
    reply(last(), { ...done('a'), replayed: true } as CommandResult);
    expect(again.result?.outcome).toBe('RECORDED');
  });

  it('that come later wait until their own deadline, then are told that the first is in progress', () => {
    claim(1);
    const first = start(payment('a'));
    endTick();
    pass(1_000);
    const joined = start(payment('a'));
    pass(commandDeadlineMs - 1_000 + replyGraceMs);
    expect(first.result).toEqual({ outcome: 'UNKNOWN' });
    expect(joined.result).toBeUndefined();
    pass(1_000);
    expect(joined.result).toEqual({ outcome: 'IN_PROGRESS' });
    expect(client.openCount).toBe(0);
    expect(client.requestsInFlight).toBe(0);
    claim(2);
    const again = start(payment('a'));
    endTick();
    reply(last(), done('a'));
    expect(again.result?.outcome).toBe('RECORDED');
  });
});

describe('bytes', () => {
  const large = 'x'.repeat(requestBytesMax / 2);
  const fill = () => {
    const answers: { result?: EngineResult }[] = [];
    for (let i = 0; client.openBytes + requestBytesMax < commandBytesOpenMax; i++)
      answers.push(start(payment(`l${i}`, undefined, large)));
    return answers;
  };

  it('that wait are bounded: beyond, commands are turned away at once, and smaller ones go on', () => {
    fill();
    start(payment('l', undefined, large));
    expect(start(payment('one more', undefined, 'x'.repeat(requestBytesMax - 1_000))).result).toEqual(
      notDone('OVERLOADED'),
    );
    expect(start(payment('small')).result).toBeUndefined();
  });

  it('are given back with every answer, whichever it is', () => {
    const answers = fill();
    claim(1);
    for (const request of sent.splice(0)) {
      const keys = request.commands.map((command) => (command as TransferCommand).idempotencyKey);
      if (request.id % 2 === 0) reply(request, ...keys.map(done));
    }
    pass(commandDeadlineMs + replyGraceMs);
    expect(answers.every(({ result }) => result !== undefined)).toBe(true);
    expect(client.openBytes).toBe(0);
  });
});
