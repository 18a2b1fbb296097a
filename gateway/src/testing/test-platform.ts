import type { ChildProcess } from 'node:child_process';
import { answerSlotPrefix } from '@smart-wallet/engine/contract/cached-answer.js';
import { Redis } from 'ioredis';
import { gatewayToken, openScratch, type Program, type Scratch, startEngine, startGateway } from './scratch.js';
import { type TestCaller, testCaller } from './test-caller.js';

/** A gateway before an engine, both programs, and a caller of theirs. */
export interface TestPlatform extends TestCaller {
  scratch: Scratch;
  /** The gateway's address, and what opens it. */
  url: string;
  authorization: Readonly<Record<string, string>>;
  engineProcess(): ChildProcess;
  /** Ends the engine, and starts another that has nothing in mind. */
  restartEngine(): Promise<void>;
  /** Takes away what Redis knows of answered keys. */
  forgetAnswers(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestPlatform(): Promise<TestPlatform> {
  const scratch = await openScratch();
  let engines = 0;
  let engine = start();
  const gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
  function start(): Program {
    const started = startEngine(scratch, `engine-${++engines}`);
    started.process.stdout?.resume();
    return started;
  }
  return {
    ...testCaller(() => gateway.url),
    scratch,
    url: gateway.url,
    authorization: { authorization: `Bearer ${gatewayToken}` },
    engineProcess: () => engine.process,
    async restartEngine() {
      await engine.stop();
      engine = start();
    },
    async forgetAnswers() {
      const redis = new Redis(scratch.redisUrl);
      const slots = await redis.keys(`${answerSlotPrefix(scratch.namespace)}*`);
      if (slots.length > 0) await redis.del(slots);
      await redis.quit();
    },
    async close() {
      await gateway.stop();
      await engine.stop();
      await scratch.database.drop();
    },
  };
}
