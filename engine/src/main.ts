import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pino from 'pino';
import { readConfig } from './config.js';
import { Engine } from './engine.js';
import { EngineStrategy } from './transport/engine.strategy.js';

@Module({})
class EngineModule {}

const config = orExit(() => readConfig(process.env));
const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });

const app = await NestFactory.createMicroservice(EngineModule, {
  strategy: new EngineStrategy(new Engine(config, log)),
  logger: ['error', 'fatal'],
});
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
await app.listen().catch((error: unknown) => {
  log.fatal({ err: error }, 'the engine could not start');
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
