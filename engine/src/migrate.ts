import { connectionAdvice } from './contract/connection-failure.js';
import { readVariables } from './contract/environment.js';
import { setRolePasswords } from './role-passwords.js';
import { migrateSchema } from './schema.js';

/*
 * Brings the database to this version's schema, as its owner, and gives the programs' roles the passwords that are set here. A job: run
 * once before the programs of a version, and again after a password was changed.
 */

function readConfig() {
  try {
    return readVariables(process.env, [
      ...(['DATABASE_URL', 'WALLET_ENGINE_PASSWORD', 'WALLET_GATEWAY_PASSWORD'] as const),
      ...(['WALLET_WORKERS_PASSWORD', 'WALLET_AUDIT_PASSWORD'] as const),
    ]);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nDATABASE_URL is the URL of the database, as its owner\n`);
    process.exit(2);
  }
}

const config = readConfig();
const applied = await migrateSchema(config.DATABASE_URL).catch((error: unknown) => {
  const advice = connectionAdvice(error, 'DATABASE_URL', config.DATABASE_URL);
  if (advice === undefined) throw error;
  process.stderr.write(`${(error as Error).message}\n${advice}\n`);
  process.exit(1);
});
console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);

const passwords = {
  wallet_engine: config.WALLET_ENGINE_PASSWORD,
  wallet_gateway: config.WALLET_GATEWAY_PASSWORD,
  wallet_workers: config.WALLET_WORKERS_PASSWORD,
  wallet_audit: config.WALLET_AUDIT_PASSWORD,
};
const given = Object.entries(passwords).filter((entry): entry is [string, string] => entry[1] !== undefined);
if (given.length > 0) {
  await setRolePasswords(config.DATABASE_URL, Object.fromEntries(given));
  console.log(`Set the passwords of ${given.map(([role]) => role).join(', ')}.`);
}
