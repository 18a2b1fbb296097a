import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startTestProgram } from '@smart-wallet/local-stack/test-program.mjs';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface WorkersProgram {
  /** Ends it, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The workers as they are started for users, with their parts named in `env`. */
export function startWorkers(env: Readonly<Record<string, string>>): WorkersProgram {
  const child = startTestProgram(program, { WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'warn', ...env });
  child.stdout?.pipe(process.stdout);
  const exited = once(child, 'exit');
  return {
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}
