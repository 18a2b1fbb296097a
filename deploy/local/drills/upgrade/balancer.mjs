// @ts-check
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../machine/ports.mjs';
import { startProgram } from '../../programs/program.mjs';
import { waitUntilReady } from '../../programs/supervise.mjs';

/** How often a gateway is asked whether it is ready; twice without a yes, and it gets no more requests. */
const CHECK_EVERY_MS = 500;
const READY_TIMEOUT_MS = 15_000;

/**
 * A balancer in front of gateways, which sends a request to those alone that say they are ready. It repeats none: what a gateway
 * drops, the caller sees.
 * @param {{ haproxy: string, gateways: readonly { name: string, port: number }[], folder: string, runDir: string }} options
 */
export async function startBalancer({ haproxy, gateways, folder, runDir }) {
  const port = await freePort();
  const file = join(folder, 'balancer.cfg');
  const servers = gateways.map((gateway) => `  server ${gateway.name} 127.0.0.1:${gateway.port} check`);
  writeFileSync(
    file,
    `defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  timeout check 1s
  retries 0
listen gateways
  bind 127.0.0.1:${port}
  balance roundrobin
  option httpchk GET /health/ready
  http-check expect status 200
  default-server inter ${CHECK_EVERY_MS}ms fall 2 rise 1
${servers.join('\n')}
`,
    { mode: 0o644 },
  );
  const program = startProgram({
    ...{ name: 'balancer', command: haproxy, args: ['-db', '-f', file], runDir, logFile: join(folder, 'balancer.log') },
  });
  const url = `http://127.0.0.1:${port}`;
  const probe = async () => {
    const { status } = await fetch(`${url}/health/ready`);
    if (status !== 200) throw new Error(`it answered ${status}`);
  };
  await waitUntilReady(program, probe, READY_TIMEOUT_MS);
  return { url, program };
}
