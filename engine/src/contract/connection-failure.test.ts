import { expect, it } from 'vitest';
import { connectionAdvice } from './connection-failure.js';

const url = 'postgres://wallet_engine:hunter2@db:5432/wallet';
const failure = (code: string, message = '') => Object.assign(new Error(message), { code });

it.each([
  [
    'a name that is not known',
    failure('ENOTFOUND', 'getaddrinfo ENOTFOUND db'),
    /^the name of db:5432, .*DATABASE_URL/,
  ],
  ['a DNS that is away', failure('EAI_AGAIN', 'getaddrinfo EAI_AGAIN db'), /does not resolve/],
  ['an unknown CA', failure('SELF_SIGNED_CERT_IN_CHAIN'), /db:5432 is of a CA .* NODE_EXTRA_CA_CERTS, or sslrootcert/],
  ['another name', failure('ERR_TLS_CERT_ALTNAME_INVALID'), /for other names: .*DATABASE_URL/],
  ['an old certificate', failure('CERT_HAS_EXPIRED'), /not valid at this time/],
  ['a server without TLS', new Error('The server does not support SSL connections'), /does not speak TLS/],
  ['a port without TLS', failure('ERR_SSL_WRONG_VERSION_NUMBER'), /does not speak TLS/],
  ['plain text', failure('28000', 'no pg_hba.conf entry for host "::1", no encryption'), /add sslmode=verify-full/],
  ['a wrong password of Postgres', failure('28P01'), /refuses the user wallet_engine/],
  ['a wrong password of Redis', new Error('WRONGPASS invalid username-password pair'), /refuses the user/],
  ['a wrong password of NATS', new Error('Authorization Violation'), /refuses the user/],
  ['a wrong password of RabbitMQ', new Error('403 (ACCESS-REFUSED) with message'), /refuses the user/],
  ['a forbidden command', new Error('NOPERM this user has no permissions'), /is it that of another program/],
  ['one of these inside another', new Error('failed', { cause: failure('CERT_HAS_EXPIRED') }), /not valid/],
  ['one of these among others', new AggregateError([new Error('x'), failure('28P01')]), /refuses/],
])('says what to do about %s, and shows no password', (_, error, expected) => {
  expect(connectionAdvice(error, 'DATABASE_URL', url)).toMatch(expected);
  expect(connectionAdvice(error, 'DATABASE_URL', url)).not.toContain('hunter2');
});

it('says nothing about what says itself what is wrong', () => {
  for (const error of [failure('ECONNREFUSED', 'connect ECONNREFUSED'), new Error('no'), 'no', undefined]) {
    expect(connectionAdvice(error, 'REDIS_URL', 'redis://cache')).toBeUndefined();
  }
});

it('speaks of a client without a login where the URL has none', () => {
  expect(connectionAdvice(new Error('NOAUTH'), 'REDIS_URL', 'redis://cache')).toMatch(/a client without a login/);
});
