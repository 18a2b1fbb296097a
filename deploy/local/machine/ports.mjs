// @ts-check
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';

const PORT_MIN = 15_000;
export const GATEWAY_PORT_DEFAULT = 3000;

/**
 * A free port on 127.0.0.1, the preferred one if it is free.
 *
 * Ports that the system gives to outgoing connections are avoided: while a server is down, a client that
 * retries its port can be given that very port as its own, connect to itself, and keep the server from coming back.
 * @param {number | undefined} [preferred]
 * @param {Set<number>} [taken] ports that are promised but not listened on yet; the result is added
 */
export async function freePort(preferred, taken = new Set()) {
  if (preferred && !taken.has(preferred) && (await isFree(preferred))) {
    taken.add(preferred);
    return preferred;
  }
  const below = firstOutgoingPort();
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = PORT_MIN + Math.floor(Math.random() * (below - PORT_MIN));
    if (!taken.has(port) && (await isFree(port))) {
      taken.add(port);
      return port;
    }
  }
  throw new Error(`no free port between ${PORT_MIN} and ${below}`);
}

/**
 * The first free port from `first` upwards.
 * @param {number} first
 * @param {string} [host]
 */
export async function nextFreePort(first, host) {
  for (let port = first; port < first + 100; port += 1) if (await isFree(port, host)) return port;
  throw new Error(`no free port between ${first} and ${first + 99}`);
}

/** @param {number} port */
export function isPort(port) {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/**
 * @param {number} port
 * @param {string} [host]
 */
export async function isFree(port, host) {
  return (await portProblem(port, host)) === null;
}

/**
 * Why a port cannot be listened on, in words for its user.
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<string | null>} null when it can
 */
export function portProblem(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ { code, message }) => {
      if (code === 'EADDRINUSE') resolve('another program uses it');
      else if (code === 'EACCES') resolve(`${userInfo().username} may not open it (low ports need root)`);
      else resolve(message);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function firstOutgoingPort() {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    if (first > PORT_MIN + 1000) return first;
  } catch {}
  return 32_768;
}
