// @ts-check
import { nats } from './nats.mjs';
import { postgres } from './postgres.mjs';
import { rabbitmq } from './rabbitmq.mjs';
import { redis } from './redis.mjs';

/** In the order in which they are named; they stop the other way round, Postgres last. */
export const SERVERS = /** @type {const} */ ([postgres, redis, nats, rabbitmq]);

/** @typedef {(typeof SERVERS)[number]['name']} ServerName */

/** What payments stand on; the rest is there for the workers. @type {readonly ServerName[]} */
export const PAYMENT_SERVERS = ['postgres', 'redis', 'nats'];

/** @type {readonly ServerName[]} */
export const ALL_SERVERS = SERVERS.map(({ name }) => name);

/** @param {ServerName} name @returns {import('./server.mjs').Server} */
export function serverNamed(name) {
  const server = SERVERS.find((each) => each.name === name);
  if (!server) throw new Error(`there is no server ${name}`);
  return server;
}
