import type { LiveFrame, LiveRefusal, LiveSnapshot } from '@smart-wallet/engine/contract/live.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { frame, gateway, snapshot } from '../testing/live-data.js';
import { LiveConnection, type LiveReceiver } from './live-connection.js';

/*
 * The connection against sockets that do what a test says, and time that passes when it says so. Real gateways that die
 * and hang are in the browser tests.
 */

const sockets: FakeSocket[] = [];

class FakeSocket {
  readonly #heard = new Map<string, (...told: unknown[]) => void>();
  closed = false;

  constructor(
    readonly url: string,
    readonly options: { auth: { token: string; since?: number }; reconnection: boolean },
  ) {}

  on(event: string, listener: (...told: unknown[]) => void): this {
    this.#heard.set(event, listener);
    return this;
  }

  off(): this {
    this.#heard.clear();
    return this;
  }

  disconnect(): this {
    this.closed = true;
    return this;
  }

  tell(event: string, ...told: unknown[]): void {
    this.#heard.get(event)?.(...told);
  }
}

vi.mock('socket.io-client', () => ({
  io: (url: string, options: FakeSocket['options']) => {
    const socket = new FakeSocket(url, options);
    sockets.push(socket);
    return socket;
  },
}));

/** Remembers what it was told. */
class Receiver implements LiveReceiver {
  last: number | null = null;
  takes: (told: LiveSnapshot | LiveFrame) => boolean = () => true;
  readonly lost: string[] = [];
  readonly refusals: LiveRefusal[] = [];

  lastSecond = () => this.last;
  takeSnapshot = (told: LiveSnapshot) => this.takes(told);
  takeFrame = (told: LiveFrame) => this.takes(told);
  lostGateway = (url: string, reason: string) => void this.lost.push(`${url}: ${reason}`);
  refused = (refusal: LiveRefusal) => void this.refusals.push(refusal);
}

const [a, b] = ['http://a.test', 'http://b.test'] as const;
let receiver: Receiver;
let connection: LiveConnection;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  sockets.length = 0;
  receiver = new Receiver();
});

afterEach(() => {
  connection.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('a connection', () => {
  test('brings the token, and asks for everything when nothing is held', () => {
    connect(a);
    expect(current().url).toBe(a);
    expect(current().options.auth).toEqual({ token: 'secret' });
  });

  test('says the last second it has, at whichever gateway', () => {
    connect(a, b);
    current().tell('snapshot', snapshot([]));
    receiver.last = 1_234;
    current().tell('disconnect', 'transport close');
    vi.advanceTimersByTime(250);
    expect(current().url).toBe(b);
    expect(current().options.auth).toEqual({ token: 'secret', since: 1_234 });
    expect(receiver.lost).toEqual([`${a}: transport close`]);
  });

  test('is one at a time: the one that is left is closed, and nothing it still says is heard', () => {
    connect(a, b);
    const [first] = sockets as [FakeSocket];
    first.tell('disconnect', 'transport close');
    expect(first.closed).toBe(true);
    first.tell('disconnect', 'again');
    vi.advanceTimersByTime(250);
    expect(sockets.length).toBe(2);
    expect(receiver.lost.length).toBe(1);
  });

  test('that was stopped tries nothing more', () => {
    connect(a, b);
    connection.stop();
    vi.advanceTimersByTime(60_000);
    expect(sockets.length).toBe(1);
    expect(current().closed).toBe(true);
  });
});

describe('a silent gateway', () => {
  test('is left after three seconds, though the connection stands', () => {
    connect(a, b);
    current().tell('snapshot', snapshot([]));
    vi.advanceTimersByTime(2_999);
    expect(receiver.lost).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(receiver.lost).toEqual([`${a}: nothing came for 3 s`]);
    vi.advanceTimersByTime(250);
    expect(current().url).toBe(b);
  });

  test('is not one whose frames come', () => {
    connect(a, b);
    for (let second = 0; second < 60; second += 1) {
      vi.advanceTimersByTime(2_900);
      current().tell('frame', frame());
    }
    expect(sockets.length).toBe(1);
  });

  test('that never answered is left just the same', () => {
    connect(a, b);
    vi.advanceTimersByTime(3_250);
    expect(current().url).toBe(b);
  });
});

describe('a hole', () => {
  test('is mended at the next gateway, where everything is asked for anew', () => {
    connect(a, b);
    receiver.last = 1_234;
    receiver.takes = () => {
      receiver.last = null;
      return false;
    };
    current().tell('frame', frame());
    expect(receiver.lost).toEqual([`${a}: its seconds left a hole`]);
    vi.advanceTimersByTime(250);
    expect(current().url).toBe(b);
    expect(current().options.auth).toEqual({ token: 'secret' });
  });

  test('is what a snapshot that cannot be read leaves: the next gateway may do better', () => {
    connect(a, b);
    receiver.takes = () => {
      throw new TypeError('the history is not a list');
    };
    current().tell('snapshot', snapshot([]));
    expect(receiver.lost).toEqual([`${a}: the history is not a list`]);
    vi.advanceTimersByTime(250);
    expect(current().url).toBe(b);
  });
});

describe('a refusal', () => {
  test.each(['UNAUTHENTICATED', 'TOKEN_ENDED', 'FORBIDDEN', 'BAD_HANDSHAKE'] as const)(
    'of the token (%s) is final',
    (code) => {
      connect(a, b);
      turnAway({ code, detail: 'why' });
      expect(receiver.refusals).toEqual([{ code, detail: 'why' }]);
      vi.advanceTimersByTime(60_000);
      expect(sockets.length).toBe(1);
    },
  );

  test.each(['NOT_READY', 'TOO_MANY_CONNECTIONS'] as const)('of the moment (%s) sends to the next gateway', (code) => {
    connect(a, b);
    turnAway({ code, detail: 'why' });
    expect(receiver.refusals).toEqual([]);
    expect(receiver.lost).toEqual([`${a}: why`]);
    vi.advanceTimersByTime(250);
    expect(current().url).toBe(b);
  });

  test('that says nothing but an error sends to the next gateway, with that error', () => {
    connect(a, b);
    current().tell('connect_error', new Error('websocket error'));
    expect(receiver.lost).toEqual([`${a}: websocket error`]);
  });

  test('while connected, when the token ends, is final', () => {
    connect(a, b);
    current().tell('snapshot', snapshot([]));
    current().tell('tokenEnded', { code: 'TOKEN_ENDED', detail: 'over' });
    vi.advanceTimersByTime(60_000);
    expect(receiver.refusals).toEqual([{ code: 'TOKEN_ENDED', detail: 'over' }]);
    expect(sockets.length).toBe(1);
  });
});

describe('gateways that frames tell of', () => {
  test('are tried when the page knows no other', () => {
    connect(a);
    current().tell('frame', frame({ gateways: [gateway('b', { url: b })] }));
    current().tell('disconnect', 'transport close');
    vi.advanceTimersByTime(250);
    expect(current().url).toBe(b);
  });

  test('that break at once are not retried without a pause', () => {
    connect(a);
    for (const waitMs of [375, 750, 1_500, 3_000, 6_000, 7_500, 7_500]) {
      const tried = sockets.length;
      current().tell('frame', frame());
      current().tell('disconnect', 'transport close');
      vi.advanceTimersByTime(waitMs - 1);
      expect(sockets.length).toBe(tried);
      vi.advanceTimersByTime(1);
      expect(sockets.length).toBe(tried + 1);
    }
  });

  test('that served for five seconds are forgiven', () => {
    connect(a);
    for (let i = 0; i < 4; i += 1) {
      for (let second = 0; second < 6; second += 1) {
        vi.advanceTimersByTime(1_000);
        current().tell('frame', frame());
      }
      current().tell('disconnect', 'transport close');
      vi.advanceTimersByTime(375);
      expect(sockets.length).toBe(i + 2);
    }
  });
});

function connect(...gateways: string[]): void {
  connection = new LiveConnection('secret', gateways, receiver);
}

function current(): FakeSocket {
  return sockets.at(-1) as FakeSocket;
}

function turnAway(data: LiveRefusal): void {
  current().tell('connect_error', Object.assign(new Error(data.detail), { data }));
}
