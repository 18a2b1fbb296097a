// @ts-check
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeAtomically } from '../machine/files.mjs';

const LIMITS = { messagesMax: 500, bytesMax: 64 * 1024 ** 2 };
const ID = /^\d{15}-[0-9a-f]{8}$/;

/** Who sent it and to whom, by SMTP's word. @typedef {{ from: string, to: string[] }} Envelope */

/**
 * Mails as files: `<id>.eml` as it came, `<id>.json` its envelope. The oldest go when there are too many. An id begins
 * with the time of arrival.
 * @param {string} folder
 * @param {typeof LIMITS} [limits]
 */
export function openMessageStore(folder, { messagesMax, bytesMax } = LIMITS) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (/** @type {string} */ id) => join(folder, `${id}.eml`);
  /** @type {{ id: string, size: number }[]} oldest first */
  const kept = readdirSync(folder)
    .filter((file) => file.endsWith('.eml') && ID.test(file.slice(0, -4)))
    .sort()
    .map((file) => ({ id: file.slice(0, -4), size: statSync(join(folder, file)).size }));
  let bytes = kept.reduce((sum, { size }) => sum + size, 0);
  let lastMs = 0;

  const remove = (/** @type {string} */ id) => {
    rmSync(path(id), { force: true });
    rmSync(join(folder, `${id}.json`), { force: true });
  };
  return {
    /** Returns once it would survive our end. @param {Buffer} raw @param {Envelope} envelope @returns {string} its id */
    add(raw, envelope) {
      lastMs = Math.max(lastMs + 1, Date.now()); // two of one millisecond stay in order
      const id = `${String(lastMs).padStart(15, '0')}-${randomBytes(4).toString('hex')}`;
      writeAtomically(join(folder, `${id}.json`), JSON.stringify(envelope), 0o600);
      writeAtomically(path(id), raw, 0o600);
      kept.push({ id, size: raw.length });
      bytes += raw.length;
      while (kept.length > messagesMax || (bytes > bytesMax && kept.length > 1)) {
        const oldest = kept.shift();
        if (!oldest) break;
        bytes -= oldest.size;
        remove(oldest.id);
      }
      return id;
    },
    /** Newest first. */
    ids: () => kept.map(({ id }) => id).reverse(),
    /** @param {string} id @returns {{ raw: Buffer, envelope: Envelope } | null} */
    read(id) {
      if (!ID.test(id) || !existsSync(path(id))) return null;
      return { raw: readFileSync(path(id)), envelope: readJson(join(folder, `${id}.json`)) ?? { from: '', to: [] } };
    },
    clear() {
      for (const { id } of kept.splice(0)) remove(id);
      bytes = 0;
    },
  };
}

/** @typedef {ReturnType<typeof openMessageStore>} MessageStore */
