import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Client } from './client-address.js';

/** Throws an Error that names the variable when one of them is no address and no network. */
export function readTrustedProxies(text: string | undefined): string[] {
  const proxies = text?.split(',') ?? [];
  if (!proxies.every(isAddressOrNetwork)) {
    throw new Error('bad configuration\n  TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8');
  }
  return proxies;
}

function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  const version = isIP(address);
  if (version === 0 || prefix === undefined) return version !== 0;
  // Everybody is no proxy: whoever calls would say where from.
  if (!/^[1-9]\d{0,2}$/.test(prefix) || text.split('/').length > 2) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/** Where a request comes from that Fastify never sees, such as an upgrade: just as it says it of others. */
export class ClientAddresses {
  readonly #proxies = new BlockList();

  constructor(trustedProxies: readonly string[]) {
    for (const proxy of trustedProxies) {
      const [address = '', prefix] = proxy.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (prefix === undefined) this.#proxies.addAddress(address, family);
      else this.#proxies.addSubnet(address, Number(prefix), family);
    }
  }

  /** The last one before the proxies that are trusted. */
  clientOf({ socket, headers }: IncomingMessage): Client {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    let ip = socket.remoteAddress ?? '';
    while (this.#isTrusted(ip) && forwarded.length > 0) {
      const before = forwarded.pop()?.trim();
      if (before) ip = before;
    }
    return { ip, socket };
  }

  #isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#proxies.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }
}
