import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DatabasePing, databaseSilenceMaxMs, pingEveryMs } from './database-ping.js';

/** A Postgres that can be cut off: what is asked then is never answered. */
class Server {
  reachable = true;
  connections = 0;
  asked = 0;

  readonly connect = async () => {
    if (!this.reachable) throw new Error('ECONNREFUSED');
    this.connections += 1;
    return {
      ask: async () => {
        this.asked += 1;
        if (!this.reachable) await new Promise(() => {});
        return 1_000;
      },
      drop: () => {},
    };
  };
}

let server: Server;
let ping: DatabasePing;
const heard: number[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  server = new Server();
  heard.length = 0;
  ping = new DatabasePing(server.connect, (databaseMs) => heard.push(databaseMs));
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
  expect(heard).toEqual([1_000]);
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
