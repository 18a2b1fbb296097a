import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { startTestProgram } from '@smart-wallet/local-stack/test-program.mjs';
import { type ApiDocument, DescribedAnswers } from './described-answers.js';

const engineProgram = (name: string) => fileURLToPath(new URL(`../../../engine/dist/${name}.js`, import.meta.url));
const gatewayProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A database of its own with the newest schema, and a namespace of its own on the shared NATS and Redis. */
export interface Scratch {
  namespace: string;
  /** As one who may everything. */
  redisUrl: string;
  /** As a gateway. */
  natsUrl: string;
  gateway: { redisUrl: string };
  engine: { redisUrl: string; natsUrl: string };
  database: ScratchDatabase;
}

export async function openScratch(): Promise<Scratch> {
  const [gateway, engine] = [
    { redisUrl: serverUrl('TEST_GATEWAY_REDIS_URL') },
    { redisUrl: serverUrl('TEST_ENGINE_REDIS_URL'), natsUrl: serverUrl('TEST_ENGINE_NATS_URL') },
  ];
  const [redisUrl, natsUrl] = [serverUrl('TEST_REDIS_URL'), serverUrl('TEST_NATS_URL')];
  const database = await createScratchDatabase('gateway');
  return { namespace: database.name, redisUrl, natsUrl, gateway, engine, database };
}

function serverUrl(name: string): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run the tests with npm test`);
  return url;
}

export const gatewayToken = 'integration-token-0001';

export interface Program {
  process: ChildProcess;
  /** Asks it to stop, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function startEngine(scratch: Scratch, name: string, env: Record<string, string> = {}): Program {
  return program(engineProgram('main'), {
    DATABASE_URL: scratch.database.urlAs('wallet_engine'),
    REDIS_URL: scratch.engine.redisUrl,
    NATS_URL: scratch.engine.natsUrl,
    WALLET_NAMESPACE: scratch.namespace,
    ENGINE_NAME: name,
    LOG_LEVEL: 'warn',
    ...env,
  });
}

/** Resolves with its address when it is ready. */
export async function startGateway(
  scratch: Scratch,
  ready: (url: string) => Promise<boolean>,
  env: Record<string, string> = {},
): Promise<Program & { url: string }> {
  const started = program(gatewayProgram, {
    DATABASE_URL: scratch.database.urlAs('wallet_gateway'),
    REDIS_URL: scratch.gateway.redisUrl,
    NATS_URL: scratch.natsUrl,
    WALLET_NAMESPACE: scratch.namespace,
    GATEWAY_PORT: '0',
    GATEWAY_TOKEN: gatewayToken,
    LOG_LEVEL: 'info',
    // Tests act faster than people do.
    RATE_LIMIT_ACTS: '100000/60s',
    RATE_LIMIT_SIGN_IN: '100000/60s',
    RATE_LIMIT_BAD_TOKENS: '100000/60s',
    ...env,
  });
  const url = await listeningUrl(started.process);
  for (let tries = 0; !(await ready(url)); tries++) {
    if (tries > 500) throw new Error('the gateway did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await checkAnswers(url);
  return { ...started, url };
}

/** Every answer that `fetch` gets from there, from now on, is held against the description of the API. */
export async function checkAnswers(url: string): Promise<void> {
  const plainFetch = globalThis.fetch;
  const answers = new DescribedAnswers((await (await plainFetch(`${url}/api/docs-json`)).json()) as ApiDocument);
  globalThis.fetch = async (input, init) => {
    const response = await plainFetch(input, init);
    const target = String(input instanceof Request ? input.url : input);
    if (!target.startsWith(`${url}/`)) return response;
    answers.check({
      method: init?.method ?? 'GET',
      url: target.slice(url.length),
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.clone().text(),
    });
    return response;
  };
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk;
      const url = /"url":"(http:[^"]+)","msg":"gateway listens"/.exec(output)?.[1];
      if (url) resolve(url);
    });
    child.on('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${output}`)));
  });
}

function program(file: string, env: Record<string, string>): Program {
  const child = startTestProgram(file, env);
  const exited = once(child, 'exit');
  return {
    process: child,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return (await exited)[0] as number | null;
    },
  };
}
