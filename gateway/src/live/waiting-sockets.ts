import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { liveWaitingPerAddressMax } from '@smart-wallet/engine/contract/live.js';
import { addressKey } from '../rate-limits/client-address.js';
import type { ClientAddresses } from '../rate-limits/trusted-proxies.js';
import { Counts } from './counts.js';

/** Connections that have not shaken hands, or were refused and are about to go, by address: whoever has no token cannot keep others out. */
export class WaitingSockets {
  readonly #byAddress = new Counts();
  readonly #addresses = new WeakMap<Duplex, string>();

  constructor(private readonly clients: ClientAddresses) {}

  /** False: its address has too many already. */
  enter(request: IncomingMessage): boolean {
    const { socket } = request;
    // A request after another on one connection is one connection.
    if (this.#addresses.has(socket)) return true;
    const address = addressKey(this.clients.clientOf(request));
    if (this.#byAddress.of(address) >= liveWaitingPerAddressMax) return false;
    this.#byAddress.add(address, 1);
    this.#addresses.set(socket, address);
    socket.once('close', () => this.leave(socket));
    return true;
  }

  /** It has shaken hands, or is gone. */
  leave(socket: Duplex): void {
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    this.#byAddress.add(address, -1);
  }
}
