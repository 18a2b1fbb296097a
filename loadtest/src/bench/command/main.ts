import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type AgainstOptions, benchAgainst } from '../against/against.js';
import { againstJson, againstReport } from '../against/against-report.js';
import { BuildError, openBuild } from '../against/build.js';
import { type BenchOptions, bench } from '../bench.js';
import { type BoardBenchOptions, benchBoard, boardReport } from '../board-bench.js';
import { benchGrown, type GrownOptions } from '../grown/grown.js';
import { grownJson, grownReport } from '../grown/grown-report.js';
import { benchKeys, type KeyBenchOptions } from '../keys/key-bench.js';
import { keyReport } from '../keys/key-report.js';
import { benchRelay, type RelayBenchOptions, relayReport } from '../relay/relay-bench.js';
import { jsonReport, tableReport } from '../report.js';
import { type Asked, readOptions, UsageError } from './options.js';
import { usage } from './usage.js';

const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
const repoDir = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');
const progress = (message: string) => console.error(`bench: ${seconds()} ${message}`);

/** What was found out: for people, for programs, and whether all books balance. */
interface Outcome {
  report: string;
  json: object;
  booksBalance: boolean;
}

try {
  const asked = readOptions(process.argv.slice(2));
  if (asked === null) console.log(usage);
  else {
    const { report, json, booksBalance } = await measured(asked);
    console.log(report);
    if (asked.json) await writeFile(asked.json, `${JSON.stringify(json, null, 2)}\n`);
    if (!booksBalance) process.exitCode = 1;
  }
} catch (error) {
  // What the user can mend needs no stack trace.
  const plain = error instanceof UsageError || error instanceof BuildError;
  console.error(`bench: ${plain ? error.message : error instanceof Error ? error.stack : error}`);
  process.exitCode = plain ? 2 : 1;
}

function measured(asked: Asked): Promise<Outcome> {
  switch (asked.what) {
    case 'payments':
      return measurePayments(asked.options);
    case 'board':
      return measureBoard(asked.options);
    case 'relay':
      return measureRelay(asked.options);
    case 'keys':
      return measureKeys(asked.options);
    case 'grown':
      return measureGrown(asked.options);
    case 'against':
      return measureAgainst(asked.folder, asked.options);
  }
}

async function measurePayments(options: BenchOptions): Promise<Outcome> {
  const figures = await bench(options, progress);
  const booksBalance = [...figures.rows, ...figures.openLoop].every((row) => row.booksBalance);
  return { report: tableReport(machine, figures), json: jsonReport(machine, figures), booksBalance };
}

async function measureBoard(options: BoardBenchOptions): Promise<Outcome> {
  const figures = await benchBoard(options, progress);
  const booksBalance = figures.screen.booksBalance && figures.cost?.booksBalance !== false;
  return { report: boardReport(machine, figures), json: { machine, board: figures }, booksBalance };
}

async function measureRelay(options: RelayBenchOptions): Promise<Outcome> {
  const figures = await benchRelay(options, progress);
  return {
    report: relayReport(machine, figures),
    json: { machine, relay: figures },
    booksBalance: figures.booksBalance,
  };
}

async function measureKeys(options: KeyBenchOptions): Promise<Outcome> {
  const costs = await benchKeys(options, progress);
  // The loaded keys name nothing: there are no books to balance.
  return { report: keyReport(machine, costs), json: { machine, costs }, booksBalance: true };
}

async function measureGrown(options: GrownOptions): Promise<Outcome> {
  const result = await benchGrown(options, progress);
  const { booksBalance } = result;
  return { report: grownReport(machine, result), json: grownJson(machine, result), booksBalance };
}

async function measureAgainst(folder: string, options: Omit<AgainstOptions, 'builds'>): Promise<Outcome> {
  const builds = { this: openBuild('this', repoDir), other: openBuild('other', folder) };
  const result = await benchAgainst({ ...options, builds }, progress);
  const [report, json] = [againstReport(machine, builds, result), againstJson(machine, builds, result)];
  return { report, json, booksBalance: result.booksBalance };
}

function seconds(): string {
  return `${(performance.now() / 1_000).toFixed(0).padStart(4)} s `;
}
