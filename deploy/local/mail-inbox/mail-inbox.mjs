// @ts-check
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInboxServer } from './inbox-server.mjs';
import { openMessageStore } from './message-store.mjs';
import { readMessage } from './read-message.mjs';
import { startSmtpReceiver } from './smtp-receiver.mjs';

/**
 * @typedef {import('./smtp-receiver.mjs').Misbehaviour} Misbehaviour
 * @typedef {(envelope: import('./message-store.mjs').Envelope) => Misbehaviour | null} Behaviour
 */

/**
 * A mail server that keeps what it gets, and shows it. Without a folder of its own what it got goes when it is closed.
 * @param {{ folder?: string, host?: string | undefined, smtpPort?: number, httpPort?: number, limits?: { messagesMax: number, bytesMax: number } }} [options]
 *   `host`: where it listens, this machine alone unless given. Port 0 (the default): any free one
 */
export async function startMailInbox({ folder, host = '127.0.0.1', smtpPort = 0, httpPort = 0, limits } = {}) {
  const kept = folder ?? mkdtempSync(join(tmpdir(), 'smart-wallet-mail-'));
  const store = openMessageStore(kept, limits);
  /** @type {Behaviour} */
  let behaviour = () => null;
  const smtp = await startSmtpReceiver({
    ...{ host, port: smtpPort },
    onMail: (raw, envelope) => void store.add(raw, envelope),
    misbehaviour: (envelope) => behaviour(envelope),
  });
  const http = await startInboxServer({ host, port: httpPort, store });
  return {
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
    mailUrl: `http://127.0.0.1:${http.port}`,
    /** From now on; null: it takes every mail again. @param {Misbehaviour | Behaviour | null} next */
    misbehave(next) {
      behaviour = typeof next === 'function' ? next : () => next;
    },
    /** What came, newest first. */
    async messages() {
      const found = store.ids().flatMap((id) => ({ id, ...store.read(id) }));
      return Promise.all(
        found.flatMap(({ id, raw, envelope }) => (raw && envelope ? [readMessage(id, raw, envelope)] : [])),
      );
    },
    /** As it came. @param {string} id */
    raw: (id) => store.read(id)?.raw ?? null,
    clear: () => store.clear(),
    async close() {
      await Promise.all([smtp.close(), http.close()]);
      if (folder === undefined) rmSync(kept, { recursive: true, force: true });
    },
  };
}
