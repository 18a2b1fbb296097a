// @ts-check
import { askLine } from './ask-line.mjs';

const PORT = 4222;

/** NATS carries requests and events that nobody needs once they are answered: it keeps no data. */
export const nats = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('nats'),
  title: 'NATS',
  variable: 'NATS_URL',
  install: { binaries: ['nats-server'], debian: 'nats-server', brew: 'nats-server', image: 'nats:2.10-alpine' },
  prepare({ port, logFile, runDir, command }) {
    const url = `nats://127.0.0.1:${port}`;
    return {
      url,
      launch: () =>
        command().start({
          name: 'nats',
          listen: { port, containerPort: PORT },
          logFile,
          runDir,
          args: (inside) => ['--addr', inside.host, '--port', String(inside.port)],
        }),
      probe: () => ping(url),
    };
  },
  ping,
});

/**
 * Resolves when it answers a protocol PING, or asks for a login, which is its clients' affair.
 * @param {string} url of one server: it names the others of its cluster to its clients
 */
async function ping(url) {
  const { hostname, port, protocol } = new URL(url);
  if (protocol === 'tls:') return; // its clients check it
  const send = 'CONNECT {"verbose":false}\r\nPING\r\n';
  const answer = await askLine({ host: hostname, port: Number(port) || PORT, send, until: /PONG\r\n|-ERR.*\r\n/ });
  if (!/PONG|authorization/i.test(answer)) throw new Error(`NATS answered ${answer.trim()}`);
}
