import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readConfig } from './config.js';
import { connectionAdvice } from './contract/connection-failure.js';
import { Engine } from './engine.js';
import { openLog } from './log.js';
import { EngineStrategy } from './transport/engine.strategy.js';

@Module({})
class EngineModule {}

const config = orExit(() => readConfig(process.env));
const log = openLog(config.logLevel);

const app = await NestFactory.createMicroservice(EngineModule, {
  strategy: new EngineStrategy(new Engine(config, log)),
  logger: ['error', 'fatal'],
});
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
await app.listen().catch((error: unknown) => {
  const advice = connectionAdvice(error, 'DATABASE_URL', config.databaseUrl);
  log.fatal({ err: error, advice }, 'the engine could not start');
  process.exit(1);
});

function orExit<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}
