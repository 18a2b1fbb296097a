import type { CustomTransportStrategy } from '@nestjs/microservices';
import { Server } from '@nestjs/microservices';
import type { Engine } from '../engine.js';

/**
 * The engine as a Nest transport: Nest starts it, hears SIGTERM and closes it; `close` resolves when every accepted command
 * is answered and every partition handed over. Commands do not pass through Nest's handlers.
 */
export class EngineStrategy extends Server implements CustomTransportStrategy {
  constructor(private readonly engine: Engine) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.engine.start().then(() => callback(), callback);
  }

  async close(): Promise<void> {
    await this.engine.stop();
  }

  on(): never {
    throw new Error('the engine has no transport events');
  }

  unwrap<T>(): T {
    return this.engine as T;
  }
}
