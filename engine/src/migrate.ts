import { readVariables } from './contract/environment.js';
import { migrateSchema } from './schema.js';

/** As its owner. */
function databaseUrl(): string {
  try {
    return readVariables(process.env, ['DATABASE_URL']).DATABASE_URL;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nDATABASE_URL is the URL of the database, as its owner\n`);
    process.exit(2);
  }
}

const applied = await migrateSchema(databaseUrl());
console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
