import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { CommandMessage } from '@smart-wallet/engine/contract/commands.js';
import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import { requestBytesMax } from '@smart-wallet/engine/contract/limits.js';
import { natsLogin } from '@smart-wallet/engine/contract/nats-options.js';
import {
  commandSubject,
  heartbeatSubject,
  ownershipSubject,
  replyInbox,
} from '@smart-wallet/engine/contract/subjects.js';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NatsTransport } from './nats-transport.js';
import type { OutgoingRequest, TransportListener } from './transport.js';

// The gateway's end of the wire over a real NATS server, with a plain connection at the engines' end.

const natsUrl = process.env.TEST_NATS_URL ?? '';
const engineNatsUrl = process.env.TEST_ENGINE_NATS_URL ?? '';
let namespace: string;
let nats: NatsConnection;
let transport: NatsTransport;
let heard: Heard;
let logged: { level: number; msg: string }[];

beforeEach(async () => {
  if (!natsUrl) throw new Error('TEST_NATS_URL is not set: run the tests with npm test');
  namespace = `t${uuidv7().replaceAll('-', '')}`;
  nats = await connect(natsLogin(engineNatsUrl));
  logged = [];
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) });
  transport = await NatsTransport.open(natsUrl, namespace, log);
  heard = new Heard();
  transport.listen(heard);
  await transport.ping();
});
afterEach(async () => {
  await transport.close();
  await nats.close();
});

describe('requests', () => {
  it('of one flush for one engine arrive as one message', async () => {
    const a = await engine('a');
    send('a', 1, 2, 3);
    await settled();
    expect(a.map(({ ids }) => ids)).toEqual([[1, 2, 3]]);
  });

  it('of one flush for two engines arrive as a message each', async () => {
    const [a, b] = [await engine('a'), await engine('b')];
    for (const [workerId, id] of [['a', 1] as const, ['b', 2] as const, ['a', 3] as const]) {
      expect(transport.send(workerId, request(id))).toBe(true);
    }
    transport.flush();
    await settled();
    expect(a.map(({ ids }) => ids)).toEqual([[1, 3]]);
    expect(b.map(({ ids }) => ids)).toEqual([[2]]);
  });

  it('wait for the flush, and leave once', async () => {
    const a = await engine('a');
    expect(transport.send('a', request(1))).toBe(true);
    await settled();
    expect(a).toEqual([]);
    transport.flush();
    transport.flush();
    send('a', 2);
    await settled();
    expect(a.map(({ ids }) => ids)).toEqual([[1], [2]]);
    expect(new Set(a.map(({ reply }) => reply)).size).toBe(2);
  });

  it('are split where a message would grow beyond its limit', async () => {
    const a = await engine('a');
    const ids = Array.from({ length: 120 }, (_, i) => i + 1);
    // Of 10,000 bytes ninety would fit without the commas between them: these are a little smaller.
    for (const id of ids) expect(transport.send('a', request(id, 9_980))).toBe(true);
    transport.flush();
    await settled();
    for (const { bytes } of a) expect(bytes).toBeLessThanOrEqual(requestBytesMax);
    expect(a.map((message) => message.ids.length)).toEqual([90, 30]);
    expect(a.flatMap((message) => message.ids)).toEqual(ids);
  });

  it('too large for NATS are not done, and stop no others', async () => {
    const [a, b] = [await engine('a'), await engine('b')];
    const serverBytesMax = nats.info?.max_payload as number;
    transport.send('a', request(1, serverBytesMax + 1));
    transport.send('b', request(2));
    transport.flush();
    send('a', 3);
    await settled();
    expect(heard.unreachedIds).toEqual([1]);
    expect(a.map(({ ids }) => ids)).toEqual([[3]]);
    expect(b.map(({ ids }) => ids)).toEqual([[2]]);
    expect(logged).toContainEqual(expect.objectContaining({ msg: 'a message could not be handed to NATS' }));
  });
});

describe('replies', () => {
  it('in one message reach the listener each', async () => {
    const a = await engine('a');
    send('a', 1, 2, 3);
    await settled();
    reply(a[0], [answerTo(1), answerTo(2), answerTo(3)]);
    await settled();
    expect(heard.replies).toEqual([
      [1, ['result 1']],
      [2, ['result 2']],
      [3, ['result 3']],
    ]);
  });

  it('may come for some requests of a message first and for the others later, beside those of another', async () => {
    const a = await engine('a');
    send('a', 1, 2, 3);
    send('a', 4);
    await settled();
    reply(a[0], [answerTo(2)]);
    await settled();
    expect(heard.replies).toEqual([[2, ['result 2']]]);
    reply(a[1], [answerTo(4), answerTo(3), answerTo(1)]);
    await settled();
    expect(heard.replies).toEqual([
      [2, ['result 2']],
      [4, ['result 4']],
      [3, ['result 3']],
      [1, ['result 1']],
    ]);
    expect(heard.unreachedIds).toEqual([]);
  });

  it.each(['no', '', 'null', '{"replies":{}}', '{"replies":[null]}'])(
    'that cannot be read are logged, and do not end the connection: %j',
    async (text) => {
      const a = await engine('a');
      send('a', 1);
      await settled();
      nats.publish(inboxOf(a[0]), text);
      await settled();
      expect(heard.replies).toEqual([]);
      expect(logged).toEqual([
        expect.objectContaining({ level: 50, msg: 'a message cannot be read: it is ignored', subject: inboxOf(a[0]) }),
      ]);
      reply(a[0], [answerTo(1)]);
      send('a', 2);
      await settled();
      expect(heard.replies).toEqual([[1, ['result 1']]]);
      expect(a.map(({ ids }) => ids)).toEqual([[1], [2]]);
    },
  );
});

describe('a message', () => {
  it('that nobody hears reaches none of its requests, and only those are told', async () => {
    const a = await engine('a');
    transport.send('gone', request(1));
    transport.send('a', request(2));
    transport.send('gone', request(3));
    transport.send('elsewhere', request(4));
    transport.flush();
    await settled();
    expect(heard.unreachedIds).toHaveLength(3);
    expect(heard.unreachedIds).toEqual(expect.arrayContaining([1, 3, 4]));
    expect(heard.replies).toEqual([]);
    reply(a[0], [answerTo(2)]);
    await settled();
    expect(heard.replies).toEqual([[2, ['result 2']]]);
    expect(heard.unreachedIds).toHaveLength(3);
  });

  it('that its engine cannot read leaves the outcome of each of its requests unknown, and of no other', async () => {
    const a = await engine('a');
    send('a', 1, 2);
    send('a', 3);
    await settled();
    nats.publish(a[0]?.reply as string, '{"replies":null}');
    reply(a[1], [answerTo(3)]);
    await settled();
    expect(heard.replies).toEqual([
      [1, undefined],
      [2, undefined],
      [3, ['result 3']],
    ]);
    expect(heard.unreachedIds).toEqual([]);
  });
});

describe('events', () => {
  it('of ownership and heartbeats reach the listener, and those that cannot be read are logged', async () => {
    const event: OwnershipEvent = {
      type: 'CLAIMED',
      partition: 1,
      epoch: 5,
      workerId: 'a',
      workerName: 'fake',
      atMs: 1,
    };
    const beat: EngineHeartbeat = {
      workerId: 'a',
      workerName: 'fake',
      atMs: 1,
      partitions: [[1, 5, 0]],
      oldestWaitingMs: null,
      fencedCalls: 0,
      unknownCalls: 0,
      memoryBytes: 0,
    };
    for (const subject of [ownershipSubject(namespace), heartbeatSubject(namespace)]) nats.publish(subject, 'no');
    nats.publish(ownershipSubject(namespace), JSON.stringify(event));
    nats.publish(heartbeatSubject(namespace), JSON.stringify(beat));
    await settled();
    expect(heard.events).toEqual([event]);
    expect(heard.beats).toEqual([beat]);
    expect(logged.map(({ msg }) => msg)).toEqual(Array(2).fill('a message cannot be read: it is ignored'));
  });
});

class Heard implements TransportListener {
  readonly replies: [requestId: number, results: unknown][] = [];
  readonly unreachedIds: number[] = [];
  readonly events: OwnershipEvent[] = [];
  readonly beats: EngineHeartbeat[] = [];

  replied(requestId: number, results: unknown): void {
    this.replies.push([requestId, results]);
  }
  unreached(requestId: number): void {
    this.unreachedIds.push(requestId);
  }
  ownership(event: OwnershipEvent): void {
    this.events.push(event);
  }
  heartbeat(beat: EngineHeartbeat): void {
    this.beats.push(beat);
  }
  connected(): void {}
  disconnected(): void {}
}

interface Received {
  ids: number[];
  bytes: number;
  reply: string;
}

/** What reaches an engine. Resolves when the server knows that it listens. */
async function engine(workerId: string): Promise<Received[]> {
  const received: Received[] = [];
  nats.subscribe(commandSubject(namespace, workerId), {
    callback: (_, message) => {
      const ids = message.json<CommandMessage>().requests.map(({ id }) => id);
      received.push({ ids, bytes: message.data.length, reply: message.reply ?? '' });
    },
  });
  await nats.flush();
  return received;
}

/** One server hands on in order: when both ends had their pings answered, what was sent before has arrived. */
async function settled(): Promise<void> {
  await transport.ping();
  await nats.flush();
  await transport.ping();
}

function send(workerId: string, ...ids: number[]): void {
  for (const id of ids) expect(transport.send(workerId, request(id))).toBe(true);
  transport.flush();
}

/** A request of just so many bytes: the transport looks at none of its fields. */
function request(id: number, bytes = 100): OutgoingRequest {
  const head = `{"id":${id},"padding":"`;
  return { id, text: `${head}${'x'.repeat(bytes - head.length - 2)}"}`, bytes };
}

function reply(to: Received | undefined, replies: { id: number; results: unknown[] }[]): void {
  nats.publish(inboxOf(to), JSON.stringify({ replies }));
}

function answerTo(id: number) {
  return { id, results: [`result ${id}`] };
}

function inboxOf(message: Received | undefined): string {
  return replyInbox(namespace, message?.reply) as string;
}
