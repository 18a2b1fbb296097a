import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrationsFolder } from './schema.js';
import { hazardsOf, releasedBy } from './testing/older-programs.js';

interface Release {
  version: string;
  commit: string;
  newestMigration: string;
}

/** A release adds its line. */
const releases: Release[] = JSON.parse(readFileSync(new URL('../../deploy/releases.json', import.meta.url), 'utf8'));
const newest = releases.at(-1) as Release;
const migrations = readdirSync(migrationsFolder)
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => ({ name: file.slice(0, -'.sql'.length), sql: readFileSync(join(migrationsFolder, file), 'utf8') }));
const isReleased = ({ name }: { name: string }) => name <= newest.newestMigration;
const released = releasedBy(migrations.filter(isReleased).map(({ sql }) => sql));

test('a release names its newest migration', () => {
  const names = migrations.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(releases.map(({ newestMigration }) => newestMigration)));
});

test(`the programs of ${newest.version} run on every migration since (deploy/UPGRADE.md says what one may do)`, () => {
  const hazards = migrations
    .filter((migration) => !isReleased(migration))
    .flatMap(({ name, sql }) => hazardsOf(sql, released).map((hazard) => ({ migration: name, ...hazard })));
  expect(hazards).toEqual([]);
});

describe('what older programs cannot go on with', () => {
  const whysOf = (sql: string) => hazardsOf(`-- Up Migration\n\n${sql}`, released).map(({ why }) => why);

  test.each([
    ['a column that goes', 'ALTER TABLE wallets DROP COLUMN name;', 'still read and write the column'],
    ['another name', 'ALTER TABLE wallets RENAME COLUMN name TO title;', 'know the old name'],
    ['another type', 'ALTER TABLE wallets ALTER COLUMN balance TYPE numeric;', 'add a column'],
    ['a must', 'ALTER TABLE wallets\n  ALTER name SET NOT NULL;', 'write rows without it'],
    ['a new must', 'ALTER TABLE wallets ADD COLUMN a int, ADD COLUMN b text NOT NULL;', 'give it a default'],
    ['a table that goes', 'DROP TABLE holds;', 'drop it in the next'],
    ['a function that goes', 'DROP FUNCTION take_over(uuid, smallint[]);', 'drop it in the next'],
    [
      'a changed function',
      'CREATE OR REPLACE FUNCTION take_over(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;',
      'new function beside it',
    ],
    ['one more check', "ALTER TABLE wallets ADD CONSTRAINT c CHECK (name <> '') NOT VALID;", 'what it forbids'],
    ['a right that goes', 'REVOKE SELECT ON wallets FROM wallet_gateway;', 'loses a right'],
    ['an index that locks', 'CREATE INDEX i ON transactions (amount);', 'while the index is built'],
    ['in a DO block', 'DO $$ BEGIN ALTER TABLE wallets DROP COLUMN name; END $$;', 'still read and write the column'],
    [
      'a trigger',
      'CREATE TRIGGER t BEFORE INSERT ON wallets FOR EACH ROW EXECUTE FUNCTION f();',
      'goes through the trigger',
    ],
  ])('%s', (_, sql, why) => {
    expect(whysOf(sql)).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['a column that may be left out', 'ALTER TABLE wallets ADD COLUMN note text, ADD COLUMN n int NOT NULL DEFAULT 0;'],
    [
      'a table with all its own',
      'CREATE TABLE t (a int NOT NULL); CREATE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);',
    ],
    [
      'a new function, whatever its text says',
      'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM a; DROP TABLE b; END $$;',
    ],
    [
      'nobody but whom it grants it',
      'REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO wallet_gateway;',
    ],
    ['words in a comment or a text', "-- DROP TABLE holds; RENAME\nINSERT INTO t VALUES ('DROP TABLE holds');"],
    [
      'what its author gives a reason for',
      '-- older programs: never read it, it is of this release\nALTER TABLE wallets DROP COLUMN name;',
    ],
  ])('not: %s', (_, sql) => {
    expect(whysOf(sql)).toEqual([]);
  });

  test('a comment lets off its own statement alone', () => {
    expect(whysOf('-- older programs: do not read it\nDROP VIEW a;\nDROP VIEW b;')).toHaveLength(1);
  });

  test('renames that once were released would be found', () => {
    const keys = migrations.find(({ name }) => name === '008_keys') as { sql: string };
    expect(
      hazardsOf(keys.sql, releasedBy([]))
        .map(({ why }) => why)
        .join(),
    ).toContain('know the old name');
  });
});
