// @ts-check
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';
import { askLine } from './ask-line.mjs';

const PORT = 4222;
/** The same for all who run the platform. */
const CONFIGURATION = join(repoDir, 'deploy', 'nats', 'nats.conf');

/** NATS carries requests and events that nobody needs once they are answered: it keeps no data. */
export const nats = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('nats'),
  title: 'NATS',
  variable: 'NATS_URL',
  programs: ['engine', 'gateway'],
  install: { binaries: ['nats-server'], debian: 'nats-server', brew: 'nats-server', image: 'nats:2.10-alpine' },
  prepare({ port, dataDir, logFile, runDir, secrets, natsLogins, tls, command }) {
    const passwords = { engine: secrets.get('nats_engine'), gateway: secrets.get('nats_gateway') };
    const urlOf = (/** @type {'engine' | 'gateway'} */ user) => {
      const login = natsLogins ? `${user}:${passwords[user]}@` : '';
      return tls ? `tls://${login}${tls.host}:${port}` : `nats://${login}127.0.0.1:${port}`;
    };
    const url = urlOf('gateway');
    return {
      url,
      urls: { engine: urlOf('engine'), gateway: url },
      launch() {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        return command().start({
          name: 'nats',
          listen: { port, containerPort: PORT },
          dataDir,
          logFile,
          runDir,
          args(inside) {
            const place = ['--addr', inside.host, '--port', String(inside.port)];
            if (!natsLogins) return place;
            writeConfiguration(dataDir, inside, passwords, tls);
            return [...place, '--config', join(inside.dataDir, 'nats.conf')];
          },
        });
      },
      probe: () => ping(url),
    };
  },
  ping,
});

/**
 * @param {string} dataDir as we see it
 * @param {import('./packages.mjs').Inside} inside
 * @param {{ engine: string, gateway: string }} passwords
 * @param {import('../platform/tls-files.mjs').TlsFiles | undefined} tls
 */
function writeConfiguration(dataDir, inside, { engine, gateway }, tls) {
  copyFileSync(CONFIGURATION, join(dataDir, 'nats.conf'));
  const lines = [`NATS_ENGINE_PASSWORD: "${engine}"`, `NATS_GATEWAY_PASSWORD: "${gateway}"`];
  if (tls) {
    const { cert, key } = tls.copyTo(dataDir);
    lines.push(`tls { cert_file: "${join(inside.dataDir, cert)}", key_file: "${join(inside.dataDir, key)}" }`);
  }
  writeFileSync(join(dataDir, 'site.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/**
 * Resolves when it answers a protocol PING after the login of that URL; or when it wants what only a real client has.
 * @param {string} url of one server: it names the others of its cluster to its clients
 */
async function ping(url) {
  const { hostname, port, username, password } = new URL(url);
  const [user, pass] = [username, password].map(decodeURIComponent);
  const login = user === '' ? {} : pass === '' ? { auth_token: user } : { user, pass };
  const send = `CONNECT ${JSON.stringify({ verbose: false, ...login })}\r\nPING\r\n`;
  const until = /"tls_(required|verify)":true.*\r\n|PONG\r\n|-ERR.*\r\n/;
  const answer = await askLine({ host: hostname, port: Number(port) || PORT, send, until });
  // It turns to TLS after its first line.
  if (/^INFO .*"tls_(required|verify)":true/.test(answer)) return;
  if (!answer.includes('PONG')) throw new Error(`NATS answered ${/-ERR.*/.exec(answer)?.[0] ?? answer.trim()}`);
}
