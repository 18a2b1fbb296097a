import { envWithTestServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { createScratchDatabase, ROLE_PASSWORD } from '@smart-wallet/local-stack/scratch-database.mjs';
import { ALL_SERVERS, PAYMENT_SERVERS } from '@smart-wallet/local-stack/servers.mjs';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

export interface BoardPlatformOptions {
  /** All of them own partitions. */
  engines?: number;
  gateways?: number;
  workers?: number;
  gatewayEnv?: (name: string) => Record<string, string>;
  /** For all programs. */
  programEnv?: Record<string, string>;
  /** Before any program is started. */
  prepare?: (databaseUrl: string) => Promise<unknown>;
}

/** These tests are not about speed: on a busy machine the verdict must not be that payments are slow. */
const patientTarget = { BOARD_LATENCY_P99_MS: '10000' };

/** A platform with a database and a namespace of its own, on the servers that the tests were given. */
export interface BoardPlatform {
  platform: Platform;
  /** As the owner of the tables. */
  databaseUrl: string;
  stop(): Promise<void>;
}

export async function startBoardPlatform({
  engines = 2,
  gateways = 1,
  workers = 0,
  gatewayEnv = () => ({}),
  programEnv = {},
  prepare,
}: BoardPlatformOptions = {}): Promise<BoardPlatform> {
  // The servers for tests, never those that somebody works on.
  const env = envWithTestServers();
  // Roles belong to the server, and other files have theirs in use there.
  const stack: Stack = await startStack({
    ...{ env, rolePassword: ROLE_PASSWORD },
    services: workers > 0 ? ALL_SERVERS : PAYMENT_SERVERS,
  });
  const database = await createScratchDatabase('board', stack.databaseUrl);
  const stop = async () => {
    await database.drop();
    await stack.stop();
  };
  try {
    await prepare?.(database.url);
    const platform = await startPlatform({
      ...{ stack, env, engines, enginesActive: engines, gateways, workers, databaseUrl: database.url },
      gatewayEnv: (name) => ({ ...patientTarget, ...gatewayEnv(name) }),
      namespace: database.name,
      programEnv: { LOG_LEVEL: 'warn', ...programEnv },
    });
    return {
      platform,
      databaseUrl: database.url,
      async stop() {
        await platform.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops and starts all of it, on the same ports, the servers apart. */
export async function restartPrograms({ engines, gateways }: Platform): Promise<void> {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await Promise.all(engines.map((engine) => engine.stop()));
  await Promise.all(engines.map((engine) => engine.start()));
  await Promise.all(gateways.map((gateway) => gateway.start()));
}
