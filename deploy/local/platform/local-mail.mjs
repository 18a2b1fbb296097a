// @ts-check
import { join } from 'node:path';
import { readJson, writeAtomically } from '../machine/files.mjs';
import { freePort } from '../machine/ports.mjs';
import { rotateLog, startProgram } from '../programs/program.mjs';
import { supervise } from '../programs/supervise.mjs';

const MAIN = join(import.meta.dirname, '..', 'mail-inbox', 'main.mjs');
const ANSWER_TIMEOUT_MS = 2_000;

/** @typedef {import('../programs/supervise.mjs').Service & { smtpUrl: string, mailUrl: string }} LocalMail */

/**
 * The mail inbox as a program under supervision, at the addresses that it had before where they are free.
 * @param {{
 *   stack: import('./stack.mjs').Stack,
 *   restart: boolean,
 *   onIncident: (incident: import('../programs/supervise.mjs').Incident) => void,
 * }} options
 * @returns {Promise<LocalMail>}
 */
export async function startLocalMail({ stack, restart, onIncident }) {
  const name = 'mail';
  const portsFile = join(stack.dataDir, 'mail-ports.json');
  const before = readJson(portsFile) ?? {};
  /** @type {Set<number>} */
  const taken = new Set();
  const ports = { smtp: await freePort(before.smtp, taken), http: await freePort(before.http, taken) };
  const mailUrl = `http://127.0.0.1:${ports.http}`;
  const logFile = join(stack.logsDir, `${name}.log`);
  rotateLog(logFile);
  const service = supervise({
    ...{ name, logFile, restart, onIncident },
    launch: () =>
      startProgram({
        ...{ name, logFile, runDir: stack.runDir, args: [MAIN] },
        env: {
          PATH: process.env.PATH,
          MAIL_FOLDER: join(stack.dataDir, 'mail'),
          MAIL_SMTP_PORT: String(ports.smtp),
          MAIL_HTTP_PORT: String(ports.http),
        },
      }),
    probe: async () => {
      // It listens for mail first.
      const { status } = await fetch(`${mailUrl}/none`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
      if (status !== 404) throw new Error(`it answered ${status}`);
    },
  });
  try {
    await service.start();
  } catch (error) {
    await service.stop();
    throw error;
  }
  writeAtomically(portsFile, JSON.stringify(ports), 0o644);
  return { ...service, smtpUrl: `smtp://127.0.0.1:${ports.smtp}`, mailUrl };
}
