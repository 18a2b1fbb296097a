import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

export type Client = Pick<FastifyRequest, 'ip' | 'socket'>;

/** What an address counts as: an IPv6 network as a whole, for whoever has one of its addresses has all of them. */
export function addressKey(request: Client): string {
  const { ip } = request;
  // A trusted proxy may hand on what somebody made up.
  const address = isIPv4(ip) || isIPv6(ip) ? ip : (request.socket.remoteAddress ?? '');
  // No subject of a token has a space in it.
  return `address ${isIPv6(address) ? networkOf(address) : address}`;
}

/** The first 64 bits; an IPv4 address that is written as an IPv6 one is itself. */
function networkOf(address: string): string {
  const groups = groupsOf(address);
  const isV4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isV4)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** All eight, whichever way it is written. */
function groupsOf(address: string): number[] {
  const plain = new URL(`http://[${address.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const [first = [], last = []] = plain.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = new Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last].map((group) => Number.parseInt(group, 16));
}
