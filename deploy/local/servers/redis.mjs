// @ts-check
import { mkdirSync } from 'node:fs';
import { askLine } from './ask-line.mjs';

/**
 * @param {{ server: import('./packages.mjs').ServerCommand, port: number, dataDir: string, logFile: string, runDir: string }} options
 */
export function redisServer({ server, port, dataDir, logFile, runDir }) {
  return {
    url: `redis://127.0.0.1:${port}`,
    launch() {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      return server.start({
        name: 'redis',
        listen: { port, containerPort: 6379 },
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
    probe: () => pingRedis({ port, host: '127.0.0.1' }),
  };
}

/**
 * Resolves when the server answers PING; throws while it loads its data.
 * @param {{ port: number, host: string, username?: string, password?: string }} address
 */
export async function pingRedis({ port, host, username, password }) {
  const login = password ? `AUTH ${username ? `${username} ` : ''}${password}\r\n` : '';
  const answer = await askLine({ port, host, send: `${login}PING\r\n`, until: /\+PONG\r\n|-.*\r\n/ });
  if (!answer.includes('+PONG')) throw new Error(`Redis answered ${answer.trim()}`);
}
