import type { Part } from '../part.js';

/** Where messages go to, over RabbitMQ. */
interface Broker {
  readonly connected: boolean;
  /** Since the program began. */
  readonly wasConnected: boolean;
}

export interface Readiness {
  readonly ready: boolean;
  readonly status: 'starting' | 'ready' | 'stopping';
  readonly broker: 'connected' | 'not connected';
  readonly parts: Readonly<Record<string, 'works' | 'starts'>>;
}

/**
 * Ready is who has started all parts and has been connected to the broker: with a wrong password nobody is, and the ones that these would
 * take the place of stay. A broker that is lost later is lost to all of them, and comes back; who is ready stays so and says it.
 */
export class WorkersReadiness {
  readonly started = new Set<Part>();
  stopping = false;

  constructor(
    private readonly parts: readonly Part[],
    private readonly broker: Broker,
  ) {}

  get isReady(): boolean {
    return !this.stopping && this.broker.wasConnected && this.parts.every((part) => this.started.has(part));
  }

  read(): Readiness {
    const ready = this.isReady;
    const states = this.parts.map((part) => [part.name, this.started.has(part) ? 'works' : 'starts'] as const);
    return {
      ready,
      status: this.stopping ? 'stopping' : ready ? 'ready' : 'starting',
      broker: this.broker.connected ? 'connected' : 'not connected',
      parts: Object.fromEntries(states),
    };
  }
}
