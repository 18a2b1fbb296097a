import { expect, it } from 'vitest';
import { addressKey } from './client-address.js';

const key = (ip: string, remoteAddress = '192.0.2.99') => addressKey({ ip, socket: { remoteAddress } } as never);

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0000:0000:ffff::9', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
])('%s counts as %s', (ip, counted) => {
  expect(key(ip)).toBe(`address ${counted}`);
});

it.each(['', 'unknown', '_hidden', 'x'.repeat(10_000), '192.0.2.1:80', '1.2.3'])(
  'what a proxy hands on that is no address (%s) does not count for one',
  (ip) => {
    expect(key(ip)).toBe('address 192.0.2.99');
  },
);
