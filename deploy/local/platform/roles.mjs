// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repoDir } from '../machine/paths.mjs';

const ROLE_PASSWORDS = join(repoDir, 'engine', 'dist', 'role-passwords.js');

/** The login roles that the schema has, each with the rights of one program. @typedef {typeof ROLES[number]} Role */
export const ROLES = /** @type {const} */ (['wallet_engine', 'wallet_gateway', 'wallet_audit', 'wallet_workers']);

/** The variable by which the migration is told a role's password. @param {Role} role */
export const passwordVariable = (role) => `${role.toUpperCase()}_PASSWORD`;

/**
 * As the migration does it, for a schema that is there.
 * @param {string} databaseUrl as its owner
 * @param {Record<string, string>} passwords by role
 */
export async function setRolePasswords(databaseUrl, passwords) {
  const program = await import(pathToFileURL(ROLE_PASSWORDS).href);
  await program.setRolePasswords(databaseUrl, passwords);
}
