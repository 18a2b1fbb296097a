import { BlockList, isIP } from 'node:net';

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
