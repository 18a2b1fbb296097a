import { expect, it } from 'vitest';
import { natsLogin } from './nats-options.js';

it.each([
  ['nats://bus', { servers: 'bus' }],
  ['nats://bus:4222', { servers: 'bus:4222' }],
  // The client itself would take 1 for the port.
  ['nats://engine:1abc@bus:4222', { servers: 'bus:4222', user: 'engine', pass: '1abc' }],
  ['nats://engine:p%40ss%3A%2F@bus', { servers: 'bus', user: 'engine', pass: 'p@ss:/' }],
  ['nats://token@bus', { servers: 'bus', token: 'token' }],
  ['tls://engine:pw@bus:4443', { servers: 'bus:4443', user: 'engine', pass: 'pw', tls: {} }],
  ['tls://10.0.0.5:4222', { servers: '10.0.0.5:4222', tls: { host: '10.0.0.5' } }],
  ['tls://[fd00::5]:4222', { servers: '[fd00::5]:4222', tls: { host: 'fd00::5' } }],
])('reads %s', (url, login) => {
  expect(natsLogin(url)).toEqual(login);
});
