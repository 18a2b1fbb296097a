import type { IncomingMessage } from 'node:http';
import { isLoopback } from '@smart-wallet/engine/contract/loopback.js';
import type { Origins } from '../http/origins.js';

/** Gateways come and go; further ones are not remembered. */
const gatewaysMax = 200;

/**
 * Whose pages may open the live stream: what may call the API, and the pages of this platform's other gateways, which move here
 * when theirs dies. So a gateway that was heard of once stays known. A token is needed in any case.
 */
export class LiveOrigins {
  readonly #origins: Origins;
  readonly #gateways = new Set<string>();
  /** A platform on one machine is looked at by several names of it. */
  readonly #isLocal: boolean;

  constructor(origins: Origins, ownUrl: string) {
    this.#origins = origins;
    this.#isLocal = isLoopback(new URL(ownUrl).hostname);
  }

  heard(gatewayUrl: string): void {
    if (this.#gateways.size < gatewaysMax && URL.canParse(gatewayUrl)) this.#gateways.add(new URL(gatewayUrl).origin);
  }

  admits({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined) return true;
    if (this.#origins.admits(origin, host) || this.#gateways.has(origin)) return true;
    return this.#isLocal && URL.canParse(origin) && isLoopback(new URL(origin).hostname);
  }
}
