import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DatabasePing, databaseSilenceMaxMs, pingEveryMs } from './database-ping.js';

/** A Postgres that can be cut off: what is asked then is never answered. */
class Server {
  reachable = true;
  connections = 0;
  /** Another time than that of the machine that asks. */
  readonly nowMs = Date.now() - 3_600_000;

  readonly connect = async () => {
    if (!this.reachable) throw new Error('ECONNREFUSED');
    this.connections += 1;
    return {
      ask: async () => {
        if (!this.reachable) await new Promise(() => {});
        return this.nowMs;
      },
      drop: () => {},
    };
  };
}

let server: Server;
let ping: DatabasePing;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  server = new Server();
  ping = new DatabasePing(server.connect);
});

afterEach(() => {
  ping.stop();
  vi.useRealTimers();
});

test('it answers from the first answer on, and tells the time it heard', async () => {
  expect(ping.answers).toBe(false);
  void ping.start();
  await vi.advanceTimersByTimeAsync(1);
  expect(ping.answers).toBe(true);
  const { nowMs } = server;
  expect(ping.nowMs()).toBe(nowMs + 1);
  await vi.advanceTimersByTimeAsync(250);
  expect(ping.nowMs()).toBe(nowMs + 251);
});

test('a database that is silent for three seconds does not answer, and does again at its first answer', async () => {
  void ping.start();
  await vi.advanceTimersByTimeAsync(1);
  server.reachable = false;
  await vi.advanceTimersByTimeAsync(databaseSilenceMaxMs - 100);
  expect(ping.answers).toBe(true);
  await vi.advanceTimersByTimeAsync(200);
  expect(ping.answers).toBe(false);
  server.reachable = true;
  await vi.advanceTimersByTimeAsync(2 * pingEveryMs);
  expect(ping.answers).toBe(true);
  expect(server.connections).toBe(2); // the silent connection was given up
});

test('in doubt, an answer counts only over a new connection', async () => {
  void ping.start();
  await vi.advanceTimersByTimeAsync(1);
  ping.doubt();
  await vi.advanceTimersByTimeAsync(pingEveryMs);
  expect(server.connections).toBe(2);
});
