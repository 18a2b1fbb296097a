import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { enginesActive } from '@smart-wallet/local-stack/engines-active.mjs';
import { freePort } from '@smart-wallet/local-stack/ports.mjs';
import { type Program, startProgram } from '@smart-wallet/local-stack/program.mjs';
import type { Stack } from '@smart-wallet/local-stack/stack.mjs';
import { serverPids } from '../on-platform.js';
import type { Driven } from '../product.js';
import { type Build, BuildError, programs } from './build.js';
import type { ServiceTokens } from './service-tokens.js';

const engineCount = 2;
const readyTimeoutMs = 60_000;
const readyPollMs = 100;

export interface BuildPlatform extends Driven {
  /** Throws when one of its programs has ended by itself. */
  assertAlive(): void;
  stop(): Promise<void>;
}

/** Brings the database to the build's own schema. */
export async function migrateBuild(build: Build, stack: Stack, databaseUrl: string): Promise<void> {
  await runToEnd(build, 'migrate', { DATABASE_URL: databaseUrl });
  await stack.setRolePasswords(databaseUrl);
}

/**
 * The build's own engines and gateway on the shared servers. What is relied on is what any deployment relies on: their
 * environment, and that a gateway says when it is ready. Resolves when it is. `services`: whose tokens it is asked with, instead of the
 * development token.
 */
export async function startBuild(
  build: Build,
  stack: Stack,
  databaseUrl: string,
  services: ServiceTokens | null,
): Promise<BuildPlatform> {
  const namespace = new URL(databaseUrl).pathname.slice(1);
  const developmentToken = stack.secrets.get('gateway_token');
  // As `npm start` would; a build that knows of no such thing has all of its engines active, as its own npm start has.
  const active = enginesActive({ env: process.env, redisIsExternal: false });
  const common = {
    ...(active !== null && { ENGINES_ACTIVE: active }),
    REDIS_URL: stack.redisUrl,
    NATS_URL: stack.natsUrl,
    WALLET_NAMESPACE: namespace,
    LOG_LEVEL: 'warn',
  };
  const started: Program[] = [];
  const start = (name: string, program: string, variables: Record<string, string>): Program => {
    const fullName = `${build.side}-${name}`;
    const running = startProgram({
      name: fullName,
      args: ['--enable-source-maps', join(build.folder, program)],
      env: { ...process.env, ...common, ...variables },
      logFile: join(stack.logsDir, `${fullName}.log`),
      runDir: stack.runDir,
    });
    started.push(running);
    return running;
  };
  const engines: Program[] = [];
  for (let n = 1; n <= engineCount; n++) {
    const name = `engine-${n}`;
    // Until 0.1.0 an engine was told its name as a worker's.
    const names = { ENGINE_NAME: name, WORKER_NAME: name, ENGINE_HEALTH_PORT: '0' };
    const engine = start(name, programs.engine, { DATABASE_URL: stack.urlFor('wallet_engine', databaseUrl), ...names });
    engines.push(engine);
  }
  const port = await freePort();
  const gatewayUrl = `http://127.0.0.1:${port}`;
  const gateway = start('gateway', programs.gateway, {
    DATABASE_URL: stack.urlFor('wallet_gateway', databaseUrl),
    GATEWAY_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    GATEWAY_TOKEN: developmentToken,
    GATEWAY_TOKEN_SECRET: stack.secrets.get('gateway_token_secret'),
    ...services?.variables,
  });

  const assertAlive = () => {
    const ended = started.find((program) => program.hasExited());
    if (ended) throw new BuildError(`${ended.name} of ${build.folder} ended by itself:\n${ended.logEnd()}`);
  };
  const stop = async () => {
    await Promise.all(started.toReversed().map((program) => program.stop()));
  };
  try {
    await untilReady(gatewayUrl, assertAlive);
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = () => ({
    ...serverPids(stack),
    engines: engines.map((engine) => engine.pid),
    gateway: [gateway.pid],
  });
  const token = services?.token() ?? developmentToken;
  return { databaseUrl, natsUrl: stack.natsUrl, namespace, gatewayUrl, token, workers: [], pids, assertAlive, stop };
}

async function untilReady(gatewayUrl: string, assertAlive: () => void): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  let answer = 'no answer';
  while (performance.now() < deadline) {
    assertAlive();
    try {
      const response = await fetch(`${gatewayUrl}/health/ready`, { signal: AbortSignal.timeout(readyTimeoutMs) });
      if (response.status === 200) return;
      answer = `${response.status} ${(await response.text()).slice(0, 300)}`;
    } catch (error) {
      answer = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, readyPollMs));
  }
  throw new BuildError(`${gatewayUrl} was not ready after ${readyTimeoutMs / 1_000} s: ${answer}`);
}

/** The build's own audit. Returns what it found as text; null: the books balance. */
export async function auditBuild(build: Build, databaseUrl: string): Promise<string | null> {
  try {
    await promisify(execFile)(process.execPath, [join(build.folder, programs.audit)], {
      env: { ...process.env, AUDIT_DATABASE_URL: databaseUrl },
    });
    return null;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 1 && stdout) return stdout;
    throw new BuildError(`the audit of ${build.folder} could not run:\n${stderr ?? error}`);
  }
}

async function runToEnd(build: Build, program: keyof typeof programs, env: Record<string, string>): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(build.folder, programs[program])], {
      env: { ...process.env, ...env },
    });
  } catch (error) {
    throw new BuildError(`${programs[program]} of ${build.folder} failed:\n${(error as Error).message}`);
  }
}
