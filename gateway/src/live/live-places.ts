import { liveConnectionsPerTokenMax, liveConnectionsReserved } from '@smart-wallet/engine/contract/live.js';
import { viewers } from '../http/access.js';
import type { Bearer } from '../http/bearer.js';
import { Counts } from './counts.js';
import { RefusedError } from './handshake.js';

/**
 * Connections that were admitted and are not closed. A display token hangs on a wall, where others can read it: it fills no more than its
 * own places, and all of its kind leave some to people.
 */
export class LivePlaces {
  #taken = 0;
  readonly #byToken = new Counts();

  constructor(
    private readonly connectionsMax: number,
    private readonly reserved = liveConnectionsReserved,
  ) {}

  /** Returns how to give it back. Throws RefusedError. */
  take(bearer: Bearer): () => void {
    const isDisplay = !bearer.roles.some((role) => viewers.includes(role));
    const most = isDisplay ? this.connectionsMax - this.reserved : this.connectionsMax;
    if (this.#taken >= most) throw full(`This gateway serves ${most} connections already.`);
    const token = bearer.tokenId ?? bearer.subject;
    if (this.#byToken.of(token) >= liveConnectionsPerTokenMax)
      throw full(`This token has ${liveConnectionsPerTokenMax} connections already.`);
    this.#taken += 1;
    this.#byToken.add(token, 1);
    return () => {
      this.#taken -= 1;
      this.#byToken.add(token, -1);
    };
  }
}

const full = (detail: string) => new RefusedError('TOO_MANY_CONNECTIONS', detail);
