import type { LiveEngine, LiveGateway } from '@smart-wallet/engine/contract/live.js';

export interface Heard {
  readonly engines: readonly LiveEngine[];
  readonly gateways: readonly LiveGateway[];
}

/** Who this gateway hears; null while it has no live stream. */
export class LiveView {
  #read: () => Heard | null = () => null;

  watch(read: () => Heard): void {
    this.#read = read;
  }

  heard(): Heard | null {
    return this.#read();
  }
}
