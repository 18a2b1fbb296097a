// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { findBinary } from '../machine/binaries.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { startProgram } from '../programs/program.mjs';

/** Whether a Docker daemon answers this user. */
export function dockerAnswers() {
  const docker = findBinary('docker');
  if (!docker) return false;
  return (
    spawnSync(docker, ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 5_000 }).status === 0
  );
}

/**
 * @param {string} image
 * @param {import('../machine/terminal.mjs').Log} log
 */
export async function pullImage(image, log) {
  const docker = findBinary('docker') ?? 'docker';
  if (spawnSync(docker, ['image', 'inspect', image], { stdio: 'ignore' }).status === 0) return;
  await log.step(`Fetching the Docker image ${image}`, async () => {
    const pull = spawn(docker, ['pull', '--quiet', image], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    pull.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const [code] = await once(pull, 'close');
    if (code !== 0) throw new LaunchError(`docker pull ${image} failed: ${errors.trim()}`);
  });
}

/**
 * Runs a server in a container, as the user who starts it, so that its files stay that user's.
 * @param {string} image
 * @param {string} binary
 * @returns {import('./packages.mjs').ServerCommand}
 */
export function dockerServer(image, binary) {
  return {
    origin: `Docker image ${image}`,
    path: null,
    start({ name, listen, dataDir, logFile, runDir, args, env, afterExit }) {
      const docker = findBinary('docker') ?? 'docker';
      const container = `smart-wallet-${name}-${createHash('sha256').update(logFile).digest('hex').slice(0, 12)}`;
      const remove = () => spawnSync(docker, ['rm', '--force', container], { stdio: 'ignore' });
      const inside = { host: '0.0.0.0', port: listen.containerPort, dataDir: '/data' };
      const variables = Object.entries(env?.(inside) ?? {}).map(([variable, value]) => `${variable}=${value}`);
      remove(); // one that an earlier start left when it was killed
      return startProgram({
        name,
        command: docker,
        args: [
          ...['run', '--rm', '--init', '--name', container],
          ...['--publish', `127.0.0.1:${listen.port}:${listen.containerPort}`],
          ...(process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.()}`] : []),
          ...(dataDir ? ['--volume', `${dataDir}:/data`] : []),
          ...variables.flatMap((variable) => ['--env', variable]),
          ...[image, binary, ...args(inside)],
        ],
        ...(afterExit ? { afterExit } : {}),
        logFile,
        runDir,
        // Killing the client would leave the container running.
        send: (signal) => {
          if (signal === 'SIGKILL') remove();
          else spawnSync(docker, ['kill', '--signal', signal, container], { stdio: 'ignore' });
        },
      });
    },
  };
}
