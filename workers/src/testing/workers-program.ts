import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface WorkersProgram {
  /** Ends it, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The workers as they are started for users, with their parts named in `env`. */
export function startWorkers(env: Readonly<Record<string, string>>): WorkersProgram {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  return {
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}
