// @ts-check
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';
import { askLine } from './ask-line.mjs';

const PORT = 6379;
/** Who may what, with words in the place of passwords. */
const USERS = join(repoDir, 'deploy', 'redis', 'users.acl');

export const redis = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('redis'),
  title: 'Redis',
  variable: 'REDIS_URL',
  programs: ['engine', 'gateway'],
  install: {
    binaries: ['redis-server', 'valkey-server'],
    debian: 'redis-server',
    brew: 'redis',
    image: 'redis:7-alpine',
  },
  prepare({ port, dataDir, logFile, runDir, secrets, tls, command }) {
    const passwords = {
      ADMIN: secrets.get('redis'),
      ENGINE: secrets.get('redis_engine'),
      GATEWAY: secrets.get('redis_gateway'),
    };
    const at = tls ? `${tls.host}:${port}` : `127.0.0.1:${port}`;
    const urlOf = (/** @type {string} */ login) => `${tls ? 'rediss' : 'redis'}://${login}@${at}`;
    const url = urlOf(`:${passwords.ADMIN}`);
    return {
      url,
      urls: { engine: urlOf(`engine:${passwords.ENGINE}`), gateway: urlOf(`gateway:${passwords.GATEWAY}`) },
      launch() {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        writeUsers(dataDir, passwords);
        return command().start({
          name: 'redis',
          listen: { port, containerPort: PORT },
          dataDir,
          logFile,
          runDir,
          args: (inside) => [
            ...['--bind', inside.host, '--dir', inside.dataDir, '--aclfile', join(inside.dataDir, 'users.acl')],
            ...(tls ? tlsArguments(tls, dataDir, inside) : ['--port', String(inside.port)]),
            // A crash loses up to a second of leases and caches; Postgres decides, so that costs churn, not money.
            ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
            ...['--daemonize', 'no', '--logfile', ''],
          ],
        });
      },
      probe: () => ping(url, tls?.ca),
    };
  },
  ping,
});

/** @param {string} dataDir @param {Record<string, string>} passwords */
function writeUsers(dataDir, passwords) {
  const users = readFileSync(USERS, 'utf8').replace(/>(\w+)_PASSWORD\b/g, (_, who) => `>${passwords[who]}`);
  writeFileSync(join(dataDir, 'users.acl'), users, { mode: 0o600 });
}

/**
 * @param {import('../platform/tls-files.mjs').TlsFiles} tls
 * @param {string} dataDir as we see it
 * @param {import('./packages.mjs').Inside} inside
 */
function tlsArguments(tls, dataDir, inside) {
  const { cert, key } = tls.copyTo(dataDir);
  const files = ['--tls-cert-file', join(inside.dataDir, cert), '--tls-key-file', join(inside.dataDir, key)];
  return ['--port', '0', '--tls-port', String(inside.port), '--tls-auth-clients', 'no', ...files];
}

/**
 * Resolves when the server answers PING; throws while it loads its data.
 * @param {string} url
 * @param {string} [ca] whose certificates are taken, in place of those that Node takes
 */
async function ping(url, ca) {
  const { hostname, port, username, password, protocol } = new URL(url);
  const words = [username, password].map(decodeURIComponent).filter(Boolean);
  const login = password ? `AUTH ${words.join(' ')}\r\n` : '';
  const send = `${login}PING\r\n`;
  const tls = protocol === 'rediss:' ? { ca } : undefined;
  const answer = await askLine({ host: hostname, port: Number(port) || PORT, send, until: /\+PONG\r\n|-.*\r\n/, tls });
  if (!answer.includes('+PONG')) throw new Error(`Redis answered ${answer.trim()}`);
}
