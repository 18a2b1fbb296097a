// @ts-check
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Sends text to a server and resolves with what it answered, once that matches `until`.
 * @param {{ port: number, host: string, send: string, until: RegExp, tls?: { ca?: string | undefined } | undefined }} options
 *   `tls`: encrypted; `ca`: whose certificates are taken, in place of those that Node takes
 * @returns {Promise<string>}
 */
export function askLine({ port, host, send, until, tls }) {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = tls ? connectTls({ port, host, ...(tls.ca ? { ca: tls.ca } : {}) }) : connect({ port, host });
    const fail = (/** @type {Error} */ error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => fail(new Error(`no answer from ${host}:${port}`)));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error(`${host}:${port} closed the connection`)));
    socket.on(tls ? 'secureConnect' : 'connect', () => socket.write(send));
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (!until.test(heard)) return;
      resolve(heard);
      socket.destroy();
    });
  });
}
