// @ts-check
import { connect } from 'node:net';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Sends text to a server and resolves with what it answered, once that matches `until`.
 * @param {{ port: number, host: string, send: string, until: RegExp }} options
 * @returns {Promise<string>}
 */
export function askLine({ port, host, send, until }) {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect({ port, host });
    const fail = (/** @type {Error} */ error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => fail(new Error(`no answer from ${host}:${port}`)));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error(`${host}:${port} closed the connection`)));
    socket.on('connect', () => socket.write(send));
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (!until.test(heard)) return;
      resolve(heard);
      socket.destroy();
    });
  });
}
