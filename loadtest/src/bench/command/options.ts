import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AgainstOptions } from '../against/against.js';
import type { BenchOptions } from '../bench.js';
import type { BoardBenchOptions } from '../board-bench.js';
import { caseNames, type ProductCase, productRuns } from '../cases.js';
import type { GrownOptions } from '../grown/grown.js';
import type { KeyBenchOptions } from '../keys/key-bench.js';
import type { RelayBenchOptions } from '../relay/relay-bench.js';
import { workloads } from '../workload.js';

/** What to measure, as asked for on the command line. */
export type Asked = { json: string | undefined } & (
  | { what: 'payments'; options: BenchOptions }
  | { what: 'board'; options: BoardBenchOptions }
  | { what: 'relay'; options: RelayBenchOptions }
  | { what: 'keys'; options: KeyBenchOptions }
  | { what: 'grown'; options: GrownOptions }
  | { what: 'against'; folder: string; options: Omit<AgainstOptions, 'builds'> }
);

/** An option that does not make sense. */
export class UsageError extends Error {}

/** After 6 s an engine still gets faster: its code is compiled by how often it ran, and so is a gateway's. */
const platformWarmUpMs = 20_000;
/** Of CPU time that the system counts in hundredths of a second. */
const boardMeasureMinMs = 8_000;
/** At 300 payments a second. */
const relayMeasureMinMs = 10_000;
/** 15 GB of disk. */
const keyMillionsMax = 100;

/** null: help was asked for. Throws a UsageError. */
export function readOptions(args: string[]): Asked | null {
  const values = parsed(args);
  if (values.help) return null;
  const { json, quick = false } = values;
  refuseUnused(values);
  if (values.against !== undefined) {
    return { what: 'against', json, folder: folderOf(values.against), options: againstOptions(values) };
  }
  if (values.grown !== undefined) return { what: 'grown', json, options: grownOptions(values) };
  if (values.keys !== undefined) return { what: 'keys', json, options: keyOptions(values.keys, values.rounds ?? '3') };
  const options: BenchOptions = {
    cases: chosen('--only', values.only, caseNames),
    workloads: chosen('--workload', values.workload ?? (quick ? 'uniform' : undefined), workloads),
    rounds: positive('--rounds', values.rounds ?? (quick ? '1' : '5')),
    measureMs: positive('--seconds', values.seconds ?? (quick ? '0.8' : '4')) * 1_000,
    openLoop: !quick,
    platformWarmUpMs: quick ? 2_000 : platformWarmUpMs,
    onePlatformARound: quick,
  };
  const { rounds, measureMs } = options;
  if (values.relay) {
    return {
      what: 'relay',
      json,
      options: { rounds: Math.ceil(rounds), measureMs: Math.max(measureMs, relayMeasureMinMs) },
    };
  }
  if (!values.board) return { what: 'payments', json, options };
  return {
    what: 'board',
    json,
    options: { pairs: Math.ceil(rounds), measureMs: Math.max(measureMs, boardMeasureMinMs) },
  };
}

type Values = ReturnType<typeof parsed>;
type Option = keyof Values;

/** What else each measurement is told. */
const goesWith: Record<'against' | 'grown' | 'keys' | 'board' | 'relay', readonly Option[]> = {
  against: ['only', 'workload', 'pairs', 'seconds', 'quick', 'json', 'as-service'],
  grown: ['pairs', 'seconds', 'json'],
  keys: ['rounds', 'json'],
  board: ['rounds', 'seconds', 'quick', 'json'],
  relay: ['rounds', 'seconds', 'quick', 'json'],
};

/** An option that would be left unread is a mistake of the caller's. */
function refuseUnused(values: Values): void {
  const what = (Object.keys(goesWith) as (keyof typeof goesWith)[]).find((each) => values[each]);
  if (what === undefined) {
    if (values.pairs !== undefined) throw new UsageError('--pairs goes with --against or --grown');
    if (values['as-service']) throw new UsageError('--as-service goes with --against');
    return;
  }
  const others = (Object.keys(values) as Option[]).filter((each) => each !== what && !goesWith[what].includes(each));
  if (others.length === 0) return;
  const listed = (names: readonly string[]) => names.map((name) => `--${name}`).join(', ');
  throw new UsageError(`--${what} goes with ${listed(goesWith[what])}, not with ${listed(others)}`);
}

function againstOptions(values: Values): Omit<AgainstOptions, 'builds'> {
  const { only, workload, pairs, seconds, quick = false } = values;
  const productCases = [...new Set<ProductCase>(productRuns.map((run) => run.case))];
  return {
    cases: chosen('--only', only, productCases),
    workloads: chosen('--workload', workload ?? 'uniform', workloads),
    pairs: Math.ceil(positive('--pairs', pairs ?? (quick ? '2' : '6'))),
    measureMs: positive('--seconds', seconds ?? (quick ? '0.8' : '2')) * 1_000,
    warmUpMs: quick ? 2_000 : 4_000,
    asService: values['as-service'] === true,
  };
}

/** Fewer would leave most wallets without a past; more take 120 GB. */
const grownMin = 1_000;
const grownMax = 100_000_000;

function grownOptions({ grown = '', pairs = '4', seconds = '3' }: Values): GrownOptions {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(grown) ?? [];
  const payments = Number(digits) * { k: 1_000, m: 1_000_000 }[unit?.toLowerCase() as 'k' | 'm'] || Number(digits);
  if (!(Number.isInteger(payments) && payments >= grownMin && payments <= grownMax))
    throw new UsageError(`--grown: ${grown} is no number of payments from 1k to 100m, as 10m`);
  return {
    payments,
    pairs: Math.ceil(positive('--pairs', pairs)),
    measureMs: positive('--seconds', seconds) * 1_000,
    warmUpMs: 4_000,
  };
}

function keyOptions(list: string, rounds: string): KeyBenchOptions {
  const millions = list.split(',').map(Number);
  const ascending = millions.every((each, i) => each >= 0 && each <= keyMillionsMax && each > (millions[i - 1] ?? -1));
  if (!ascending)
    throw new UsageError(`--keys: ${list} is no ascending list of millions up to ${keyMillionsMax}, as 0,10,30`);
  return { millions, rounds: Math.ceil(positive('--rounds', rounds)) };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string' },
        workload: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean' },
        against: { type: 'string' },
        pairs: { type: 'string' },
        'as-service': { type: 'boolean' },
        board: { type: 'boolean' },
        relay: { type: 'boolean' },
        grown: { type: 'string' },
        keys: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node adds advice about positional arguments, of which there are none.
    const reason = error instanceof Error ? error.message.replace(/\. .*/s, '').replace(/\n.*/s, '') : String(error);
    throw new UsageError(`${reason}. See: npm run bench -- --help`);
  }
}

/** npm runs its scripts in the project's folder, and tells where it was called. */
function folderOf(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

function chosen<T extends string>(option: string, text: string | undefined, all: readonly T[]): T[] {
  if (text === undefined) return [...all];
  const names = text.split(',');
  const unknown = names.filter((name) => !all.includes(name as T));
  if (unknown.length > 0) throw new UsageError(`${option}: ${unknown.join(', ')} is not one of ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${option}: ${text} is not a number above 0`);
  return value;
}
