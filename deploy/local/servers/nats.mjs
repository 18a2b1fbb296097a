// @ts-check
import { askLine } from './ask-line.mjs';

/**
 * NATS carries requests and events that nobody needs once they are answered: it keeps no data.
 * @param {{ server: import('./packages.mjs').ServerCommand, port: number, logFile: string, runDir: string }} options
 */
export function natsServer({ server, port, logFile, runDir }) {
  return {
    url: `nats://127.0.0.1:${port}`,
    launch: () =>
      server.start({
        name: 'nats',
        listen: { port, containerPort: 4222 },
        logFile,
        runDir,
        args: (inside) => ['--addr', inside.host, '--port', String(inside.port)],
      }),
    probe: () => pingNats({ port, host: '127.0.0.1' }),
  };
}

/**
 * Resolves when the server answers a protocol PING, or asks for a login, which is its clients' affair.
 * @param {{ port: number, host: string }} address
 */
export async function pingNats({ port, host }) {
  const send = 'CONNECT {"verbose":false}\r\nPING\r\n';
  const answer = await askLine({ port, host, send, until: /PONG\r\n|-ERR.*\r\n/ });
  if (!/PONG|authorization/i.test(answer)) throw new Error(`NATS answered ${answer.trim()}`);
}
