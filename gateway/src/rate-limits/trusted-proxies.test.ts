import { expect, it } from 'vitest';
import { ClientAddresses } from './trusted-proxies.js';

const clients = new ClientAddresses(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
const ip = (remoteAddress: string, forwarded?: string) =>
  clients.clientOf({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as never).ip;

it.each([
  ['who comes directly is himself, whatever he says', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
  ['a proxy says who comes', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
  ['a proxy without a word is itself', '192.0.2.7', undefined, '192.0.2.7'],
  ['a proxy behind another', '2001:db8::1', '198.51.100.1, 10.0.0.2', '198.51.100.1'],
  ['what stands before an untrusted one is made up', '10.0.0.1', '192.0.2.7, 198.51.100.1', '198.51.100.1'],
  ['one whose whole chain is trusted is the first', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['an IPv4 address written as an IPv6 one', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['what is no address', '10.0.0.1', 'unknown', 'unknown'],
])('%s', (_, remoteAddress, forwarded, expected) => {
  expect(ip(remoteAddress, forwarded)).toBe(expected);
});

it('without proxies nobody is believed', () => {
  const request = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': '198.51.100.1' } };
  expect(new ClientAddresses([]).clientOf(request as never).ip).toBe('10.0.0.1');
});
