import { BlockList, type LookupFunction } from 'node:net';
import { isPrivateAddress } from '@smart-wallet/engine/contract/webhook-address.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PrivateAddressError, publicLookup } from './public-addresses.js';

test('every address within a private network is private, and Node reads it as we do', () => {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [net, bits] of [
    ['10.0.0.0', 8],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
  ] as const) {
    lists.ipv4.addSubnet(net, bits);
  }
  for (const [net, bits] of [
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
    ['::', 96],
    ['64:ff9b:1::', 48],
  ] as const)
    lists.ipv6.addSubnet(net, bits, 'ipv6');
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      if (!lists.ipv4.check(address)) return;
      expect(isPrivateAddress(address)).toBe(true);
      expect(isPrivateAddress(`::ffff:${address}`)).toBe(true);
      expect(isPrivateAddress(`64:ff9b::${address}`)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      if (lists.ipv6.check(address, 'ipv6')) expect(isPrivateAddress(address)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

const ask = (lookup: LookupFunction, all: boolean) =>
  new Promise((resolve) => {
    lookup('example.com', { all }, (error, address, family) => resolve(error ?? (all ? address : [address, family])));
  });

test('what is called is what was judged: all of a name\u2019s addresses, or none where one of them is private', async () => {
  const lookup = (addresses: string[], allowPrivate = false) => publicLookup(async () => addresses, allowPrivate);
  expect(await ask(lookup(['93.184.216.34', '2606:2800:220:1::1']), true)).toEqual([
    { address: '93.184.216.34', family: 4 },
    { address: '2606:2800:220:1::1', family: 6 },
  ]);
  expect(await ask(lookup(['93.184.216.34']), false)).toEqual(['93.184.216.34', 4]);
  expect(await ask(lookup(['93.184.216.34', '10.0.0.1']), true)).toBeInstanceOf(PrivateAddressError);
  expect(await ask(lookup(['::ffff:10.0.0.1']), false)).toBeInstanceOf(PrivateAddressError);
  expect(await ask(lookup(['10.0.0.1'], true), false)).toEqual(['10.0.0.1', 4]);
  expect(await ask(lookup([]), false)).toBeInstanceOf(Error);
});
