import { migrateSchema } from './schema.js';

const databaseUrl = process.env.DATABASE_URL;
if (!databaseUrl) {
  process.stderr.write('DATABASE_URL is not set: give the URL of the database, as its owner\n');
  process.exit(2);
}
const applied = await migrateSchema(databaseUrl);
console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
