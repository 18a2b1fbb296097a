import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type BenchOptions, bench } from './bench.js';
import { benchBoard, boardReport } from './board-bench.js';
import { caseNames, caseTexts } from './cases.js';
import { explained, jsonReport, tableReport } from './report.js';
import { workloads, workloadTexts } from './workload.js';

const usage = `Measures payments per second on a throw-away stack of its own.

usage: npm run bench -- [options]

  --only CASES       of ${caseNames.join(',')} (all)
  --workload NAMES   of ${workloads.join(',')} (all)
  --rounds N         rounds; a figure is the median of its rounds (5)
  --seconds N        measured seconds a case and round (4), after a warm-up
  --quick            one short round of uniform payments: about a minute, and rough
  --board            measure the wallboard instead: from a commit to the screen, and what the live stream costs
  --json FILE        write the figures as JSON
  --help

Cases
${explained(caseTexts)}

Workloads
${explained(workloadTexts)}

Every case commits durably (checked), with random idempotency keys, from a fresh copy of the same seeded database.
Whatever happened is audited after every round.`;

const values = parsed();
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const options: BenchOptions = {
  cases: chosen('--only', values.only, caseNames),
  workloads: chosen('--workload', values.workload ?? (values.quick ? 'uniform' : undefined), workloads),
  rounds: positive('--rounds', values.rounds ?? (values.quick ? '1' : '5')),
  measureMs: positive('--seconds', values.seconds ?? (values.quick ? '0.8' : '4')) * 1_000,
  openLoop: !values.quick,
  platformWarmUpMs: values.quick ? 2_000 : 6_000,
  onePlatformARound: values.quick ?? false,
};
/** Of CPU time that the system counts in hundredths of a second. */
const boardMeasureMinMs = 8_000;
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
const progress = (message: string) => console.error(`bench: ${seconds()} ${message}`);
try {
  if (values.board) await measureBoard();
  else await measurePayments();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exitCode = 1;
}

async function measurePayments(): Promise<void> {
  const figures = await bench(options, progress);
  console.log(tableReport(machine, figures));
  if (values.json) await writeFile(values.json, `${JSON.stringify(jsonReport(machine, figures), null, 2)}\n`);
  if ([...figures.rows, ...figures.openLoop].some((row) => !row.booksBalance)) process.exitCode = 1;
}

async function measureBoard(): Promise<void> {
  const pairs = Math.ceil(options.rounds);
  const figures = await benchBoard({ pairs, measureMs: Math.max(options.measureMs, boardMeasureMinMs) }, progress);
  console.log(boardReport(machine, figures));
  if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, board: figures }, null, 2)}\n`);
  if (!figures.screen.booksBalance || figures.cost?.booksBalance === false) process.exitCode = 1;
}

function parsed() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        workload: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean' },
        board: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node adds advice about positional arguments, of which there are none.
    const reason = error instanceof Error ? error.message.replace(/\. .*/s, '').replace(/\n.*/s, '') : String(error);
    return refuse(`${reason}. See: npm run bench -- --help`);
  }
}

function seconds(): string {
  return `${(performance.now() / 1_000).toFixed(0).padStart(4)} s `;
}

function chosen<T extends string>(option: string, text: string | undefined, all: readonly T[]): T[] {
  if (text === undefined) return [...all];
  const names = text.split(',');
  const unknown = names.filter((name) => !all.includes(name as T));
  if (unknown.length > 0) refuse(`${option}: ${unknown.join(', ')} is not one of ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) refuse(`${option}: ${text} is not a number above 0`);
  return value;
}

function refuse(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}
