import { expect, it } from 'vitest';
import { eventTypes, eventWords, hostOf, tickedTypes, walletIdsIn } from './webhook-events.js';

it('none ticked, or every one, is all events: also those that come later', () => {
  expect(tickedTypes({})).toEqual(['*']);
  expect(tickedTypes(Object.fromEntries(Object.keys(eventTypes).map((type) => [type, 'on'])))).toEqual(['*']);
  expect(tickedTypes({ 'alert.raised': 'on', url: 'x' })).toEqual(['alert.raised']);
  expect(eventWords(['*'])).toBe('All events');
  expect(eventWords(['alert.raised', 'alert.resolved'])).toBe('alert.raised, alert.resolved');
});

it('wallets are read however they are parted, each once', () => {
  expect(walletIdsIn('')).toBeNull();
  expect(walletIdsIn(' a,b\nb ; c ')).toEqual(['a', 'b', 'c']);
});

it('an address is told by whom it calls', () => {
  expect(hostOf('https://shop.example.com:8443/hooks?key=k')).toBe('shop.example.com:8443');
  expect(hostOf('no address')).toBe('no address');
});
