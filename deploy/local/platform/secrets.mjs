// @ts-check
import { randomBytes } from 'node:crypto';
import { readJson, writeAtomically } from '../machine/files.mjs';

/**
 * Generated passwords and tokens, kept in one file that only its owner reads.
 * @param {string} file
 */
export function openSecrets(file) {
  /** @type {Record<string, string>} */
  const secrets = readJson(file) ?? {};
  return {
    /** @param {string} name */
    has: (name) => typeof secrets[name] === 'string',
    /**
     * The secret of that name, made at first use. Safe in URLs and SQL literals.
     * @param {string} name
     * @returns {string}
     */
    get(name) {
      const known = secrets[name];
      if (typeof known === 'string') return known;
      const made = randomBytes(24).toString('base64url');
      secrets[name] = made;
      writeAtomically(file, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
      return made;
    },
  };
}

/** @typedef {ReturnType<typeof openSecrets>} Secrets */
