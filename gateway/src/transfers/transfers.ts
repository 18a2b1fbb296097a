import { Injectable } from '@nestjs/common';
import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import type { Done, EngineResult } from '../engine-client/call.js';
import { EngineClient } from '../engine-client/engine-client.js';
import { AnswerCache } from '../idempotency/answer-cache.js';

/** A transfer's result, from the cache when its key was answered before, else from the engine. */
@Injectable()
export class Transfers {
  constructor(
    readonly engine: EngineClient,
    readonly cache: AnswerCache,
  ) {}

  execute(command: TransferCommand): Promise<EngineResult> {
    return new Promise((resolve) => this.start(command, resolve));
  }

  /** As `execute`, with a callback: a batch starts a thousand of them. */
  start(command: TransferCommand, done: Done): void {
    this.cache.start(command.keyDigest, (cached) => {
      if (!cached) this.engine.start(command, done);
      else if (cached.requestHash === command.requestHash) {
        done({ outcome: 'RECORDED', transaction: cached.transaction, replayed: true });
      } else
        done({
          outcome: 'NOT_RECORDED',
          code: 'IDEMPOTENCY_KEY_REUSED',
          detail: 'The idempotency key belongs to another request.',
        });
    });
  }
}
