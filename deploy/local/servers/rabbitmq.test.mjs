// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readJson } from '../machine/files.mjs';
import { identify, isAlive } from '../machine/identity.mjs';
import { startStack } from '../platform/stack.mjs';

const QUEUE = 'kept';
const dataDir = mkdtempSync(join(tmpdir(), 'smart-wallet-rabbitmq-'));
const runDir = join(dataDir, 'run');
/** @type {import('../platform/stack.mjs').StackOptions} */
const options = { dataDir, env: {}, services: ['rabbitmq'] };
/** @type {string[]} */
const incidents = [];
/** @type {import('../platform/stack.mjs').Stack} */
let stack;
/** @type {{ url: string, left: import('../machine/identity.mjs').ProcessIdentity[] }} */
let earlier;

beforeAll(async () => {
  earlier = await startedAndKilled();
  stack = await startStack({ ...options, onIncident: ({ kind }) => void incidents.push(kind) });
}, 60_000);

afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('stops the RabbitMQ that a killed starter left, and finds its data and port again', async () => {
  expect(earlier.left.length).toBe(2); // its daemon for names is the other
  expect(earlier.left.some(isAlive)).toBe(false);
  expect(stack.amqpUrl).toBe(earlier.url);
  expect(await take()).toBe('before the starter was killed');
});

it('starts a killed RabbitMQ again with what it had confirmed', async () => {
  await put(stack.amqpUrl, 'before RabbitMQ was killed');
  process.kill(stack.rabbitmq.pid() ?? 0, 'SIGKILL');
  await expect.poll(() => incidents, { timeout: 30_000 }).toEqual(['died', 'restarted']);
  expect(await take()).toBe('before RabbitMQ was killed');
}, 40_000);

it('lets nobody in without the password', async () => {
  const url = new URL(stack.amqpUrl);
  for (const [name, password] of [
    [url.username, 'guessed'],
    ['guest', 'guest'],
  ]) {
    await expect(connect(`amqp://${name}:${password}@${url.host}`)).rejects.toThrow(/ACCESS_REFUSED/);
  }
});

it('uses the RabbitMQ that AMQP_URL names, and leaves it running', async () => {
  const env = { AMQP_URL: stack.amqpUrl };
  const theirs = await startStack({ env, services: ['rabbitmq'] });
  expect(theirs.variables()).toEqual(env);
  await theirs.stop();
  expect(stack.rabbitmq.pid()).not.toBeNull();

  const wrong = new URL(stack.amqpUrl);
  wrong.password = 'guessed';
  await expect(startStack({ env: { AMQP_URL: wrong.href }, services: ['rabbitmq'] })).rejects.toThrow(
    /AMQP_URL names a server that does not answer/,
  );
});

it('leaves nothing running when it stops', async () => {
  const running = recorded();
  expect(running.every(isAlive)).toBe(true);
  await stack.stop();
  expect(running.some(isAlive)).toBe(false);
  expect(recorded()).toEqual([]);
});

/** By a starter that then dies and leaves it running. */
async function startedAndKilled() {
  const module = pathToFileURL(join(import.meta.dirname, '..', 'platform', 'stack.mjs')).href;
  const script = `const { startStack } = await import(${JSON.stringify(module)});
    const stack = await startStack(${JSON.stringify(options)});
    console.log(stack.amqpUrl);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = String((await once(starter.stdout, 'data'))[0]).trim();
  await put(url, 'before the starter was killed');
  const left = recorded();
  starter.kill('SIGKILL');
  await once(starter, 'exit');
  return { url, left };
}

/** The processes that a later start would find. */
function recorded() {
  return readdirSync(runDir).map((file) => {
    const { pid } = readJson(join(runDir, file));
    const identity = identify(pid);
    if (!identity) throw new Error(`${file} names a process that is gone`);
    return identity;
  });
}

/** @param {string} url @param {string} text */
async function put(url, text) {
  const connection = await connect(url);
  connection.on('error', () => {});
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  channel.sendToQueue(QUEUE, Buffer.from(text), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

async function take() {
  const connection = await connect(stack.amqpUrl);
  const channel = await connection.createChannel();
  const message = await channel.get(QUEUE, { noAck: true });
  await connection.close();
  return message === false ? null : message.content.toString();
}
