// @ts-check
import { mkdirSync } from 'node:fs';
import { askLine } from './ask-line.mjs';

const PORT = 6379;

export const redis = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('redis'),
  title: 'Redis',
  variable: 'REDIS_URL',
  install: {
    binaries: ['redis-server', 'valkey-server'],
    debian: 'redis-server',
    brew: 'redis',
    image: 'redis:7-alpine',
  },
  prepare({ port, dataDir, logFile, runDir, command }) {
    const url = `redis://127.0.0.1:${port}`;
    return {
      url,
      launch() {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        return command().start({
          name: 'redis',
          listen: { port, containerPort: PORT },
          dataDir,
          logFile,
          runDir,
          args: (inside) => [
            ...['--bind', inside.host, '--port', String(inside.port), '--dir', inside.dataDir],
            ...['--protected-mode', inside.host === '127.0.0.1' ? 'yes' : 'no'],
            // A crash loses up to a second of leases and caches; Postgres decides, so that costs churn, not money.
            ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
            ...['--daemonize', 'no', '--logfile', ''],
          ],
        });
      },
      probe: () => ping(url),
    };
  },
  ping,
});

/** Resolves when the server answers PING; throws while it loads its data. @param {string} url */
async function ping(url) {
  const { hostname, port, username, password, protocol } = new URL(url);
  if (protocol === 'rediss:') return; // its clients check it
  const words = [username, password].map(decodeURIComponent).filter(Boolean);
  const login = password ? `AUTH ${words.join(' ')}\r\n` : '';
  const send = `${login}PING\r\n`;
  const answer = await askLine({ host: hostname, port: Number(port) || PORT, send, until: /\+PONG\r\n|-.*\r\n/ });
  if (!answer.includes('+PONG')) throw new Error(`Redis answered ${answer.trim()}`);
}
