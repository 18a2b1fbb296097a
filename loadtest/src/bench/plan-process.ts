import { type ChildProcess, fork } from 'node:child_process';

export interface PlanProcess {
  url: string;
  pid: number | null;
  stop(): Promise<void>;
}

/** Starts `plan-server.ts`. */
export async function startPlanServer(databaseUrl: string, redisUrl: string): Promise<PlanProcess> {
  const child: ChildProcess = fork(new URL('./plan-server.js', import.meta.url), {
    env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { url: string }) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`the plan's server ended with ${code}`)));
  });
  return {
    url,
    pid: child.pid ?? null,
    stop: () => {
      child.disconnect();
      return exited;
    },
  };
}
