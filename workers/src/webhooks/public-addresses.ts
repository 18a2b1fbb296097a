import { ADDRCONFIG, lookup as systemLookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from '@smart-wallet/engine/contract/webhook-address.js';

/** What a name stands for. Rejects where it stands for nothing. */
export type Resolve = (name: string) => Promise<string[]>;

/** It was not called: the name stands for an address that nobody may be sent to. */
export class PrivateAddressError extends Error {
  override name = 'PrivateAddressError';
}

/**
 * For the call itself: the addresses that are judged here are those that are called, so that a name which stands for another one the next
 * time leads nowhere. One private address among several is a trap, and none of them is called.
 */
export function publicLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        if (addresses.length === 0) return callback(new Error(`${hostname} has no address`), []);
        if (!allowPrivate && addresses.some(isPrivateAddress)) {
          return callback(new PrivateAddressError('the name stands for a private address'), []);
        }
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = found as [{ address: string; family: number }];
        if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

const queryTimeout = { timeout: 2_000, tries: 2 } as const;

/**
 * Asks the name servers, without a thread: the system's own way has four for the whole program, and a name whose server hangs would hold
 * them up for everybody. `hosts`: names of this machine and its network, too, which the system alone knows.
 */
export function resolveByDns({ hosts }: { hosts: boolean }): Resolve {
  const resolver = new Resolver(queryTimeout);
  return async (name) => {
    if (hosts && isLocalName(name)) return resolveBySystem(name);
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (addresses.length > 0) return addresses;
    if (hosts) return resolveBySystem(name);
    throw (found[0] as PromiseRejectedResult).reason;
  };
}

function isLocalName(name: string): boolean {
  return !name.includes('.') || /\.(?:localhost|local|internal)\.?$/.test(name);
}

function resolveBySystem(name: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    systemLookup(name, { all: true, hints: ADDRCONFIG }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    });
  });
}
