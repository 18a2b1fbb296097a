import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readConfig } from './config.js';
import { connectionAdvice } from './contract/connection-failure.js';
import { Engine } from './engine.js';
import { openLog } from './log.js';
import { EngineStrategy } from './transport/engine.strategy.js';

/** What was accepted is answered within its deadline and one call; what still hangs then is settled by whoever takes over. */
const stopTimeoutMs = 15_000;

@Module({})
class EngineModule {}

const config = orExit(() => readConfig(process.env));
const log = openLog(config.logLevel);

const app = await NestFactory.createMicroservice(EngineModule, {
  strategy: new EngineStrategy(new Engine(config, log)),
  logger: ['error', 'fatal'],
});
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, endInTime);
await app.listen().catch((error: unknown) => {
  const advice = connectionAdvice(error, 'DATABASE_URL', config.databaseUrl);
  log.fatal({ err: error, advice }, 'the engine could not start');
  process.exit(1);
});

/** Without Postgres a call of unknown outcome would be settled for ever. */
function endInTime(): void {
  setTimeout(() => {
    log.error({ stopTimeoutMs }, 'the engine did not come to an end in time: others take its partitions over');
    process.exit(1);
  }, stopTimeoutMs).unref();
}

function orExit<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}
