import { type SqlStatement, statementsOf } from './sql-statements.js';

/**
 * What a migration does that the programs of the release before cannot go on with. Engines, gateways and workers run on while the
 * schema is migrated, for as long as the rollout takes, and again after a way back: a migration adds (expand); what nobody needs any
 * more is taken away by a migration of a later release (contract). deploy/UPGRADE.md tells it to people.
 */
export interface Hazard {
  /** The statement, in one line. */
  readonly statement: string;
  readonly why: string;
}

interface Rule {
  readonly matches: RegExp;
  readonly why: string;
}

const rules: readonly Rule[] = [
  {
    matches: /\bDROP (TABLE|VIEW|MATERIALIZED VIEW|FUNCTION|PROCEDURE|TYPE|SEQUENCE|SCHEMA|TRIGGER|OWNED|ROLE)\b/i,
    why: 'older programs may still use it: stop using it in one release, drop it in the next',
  },
  { matches: /\bALTER TABLE\b.*\bDROP COLUMN\b/i, why: 'older programs still read and write the column' },
  { matches: /\bRENAME\b/i, why: 'older programs know the old name: add the new one beside it' },
  {
    matches: /\bALTER TABLE\b.*\bALTER (COLUMN )?\w+ (SET DATA )?TYPE\b/i,
    why: 'it locks and rewrites the table, and older programs read the old type: add a column',
  },
  {
    matches: /\bALTER TABLE\b.*\bSET NOT NULL\b/i,
    why: 'older programs write rows without it',
  },
  {
    matches: /\bALTER TABLE\b.*\bDROP DEFAULT\b/i,
    why: 'older programs rely on the default',
  },
  {
    matches: /\bALTER TABLE\b.*\bADD (CONSTRAINT \w+ )?(CHECK|FOREIGN KEY|UNIQUE|PRIMARY KEY|EXCLUDE)\b/i,
    why: 'older programs may write what it forbids, and the table is locked while its rows are looked at',
  },
  { matches: /\bADD VALUE\b/i, why: 'older programs read a value that they do not know' },
  { matches: /^\s*REVOKE\b(?!.*\bFROM PUBLIC\b)/i, why: 'a role of older programs loses a right' },
  {
    matches: /\b(LOCK TABLE|CLUSTER|VACUUM FULL|TRUNCATE)\b/i,
    why: 'nobody gets at the table meanwhile',
  },
];

const createdFunction = /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) (?:public\.)?"?(\w+)"?/i;
const createdTable = /^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(?:public\.)?"?(\w+)"?/i;
const createdTrigger = /^CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER \w+ .*? ON (?:public\.)?"?(\w+)"?/i;
const createdIndex = /^CREATE (?:UNIQUE )?INDEX .*? ON (?:ONLY )?(?:public\.)?"?(\w+)"?/i;
const addedColumn =
  /\bADD (?:COLUMN )?(?!CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)(?:IF NOT EXISTS )?"?\w+"? [^,]*/gi;
const alteredTable = /^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(?:public\.)?"?(\w+)"?/i;

/** Names that the migrations of releases made. */
export interface Released {
  readonly functions: ReadonlySet<string>;
}

export function releasedBy(migrations: readonly string[]): Released {
  const functions = migrations
    .flatMap(statementsOf)
    .flatMap(({ text }) => createdFunction.exec(text)?.[1]?.toLowerCase() ?? []);
  return { functions: new Set(functions) };
}

/**
 * What of a migration is a hazard. A statement is let off by a comment right above it that begins with `older programs:` and says why
 * they can go on.
 */
export function hazardsOf(migration: string, released: Released): Hazard[] {
  const statements = statementsOf(migration);
  const own = new Set(statements.flatMap(({ text }) => createdTable.exec(text)?.[1]?.toLowerCase() ?? []));
  return statements.flatMap((statement) => {
    if (/^older programs: \S/im.test(statement.comment)) return [];
    return whysOf(statement, released, own).map((why) => ({ statement: statement.text.slice(0, 160), why }));
  });
}

function whysOf({ text }: SqlStatement, released: Released, own: ReadonlySet<string>): string[] {
  const altered = alteredTable.exec(text)?.[1]?.toLowerCase();
  // What this very migration made, nobody knows.
  if (altered !== undefined && own.has(altered)) return [];
  const whys = rules.filter(({ matches }) => matches.test(text)).map(({ why }) => why);
  const made = createdFunction.exec(text)?.[1]?.toLowerCase();
  if (made !== undefined && released.functions.has(made))
    whys.push(`older programs call ${made} as it was: make a new function beside it`);
  for (const [column] of altered === undefined ? [] : text.matchAll(addedColumn))
    if (/\bNOT NULL\b/i.test(column) && !/\b(DEFAULT|GENERATED)\b/i.test(column))
      whys.push('older programs write rows without the new column: give it a default');
  const indexed = createdIndex.exec(text)?.[1]?.toLowerCase();
  if (indexed !== undefined && !own.has(indexed) && !/\bCONCURRENTLY\b/i.test(text))
    whys.push('nobody writes to the table while the index is built: build it later, as late-indexes.ts does');
  const triggered = createdTrigger.exec(text)?.[1]?.toLowerCase();
  if (triggered !== undefined && !own.has(triggered))
    whys.push('what older programs write goes through the trigger: say that it can');
  return whys;
}
