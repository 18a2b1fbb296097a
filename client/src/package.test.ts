import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const typesOfRepo = join(packageDir, '..', 'node_modules', '@types');
let project: string;
let packed: string[];

/** Packs what is built, and installs it into a project that has nothing else. */
beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'client-package-')));
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  writeFileSync(join(project, 'program.ts'), program);
  const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
  const told = npm(packageDir, 'pack', '--json', '--ignore-scripts', '--pack-destination', project);
  const said = JSON.parse(told) as PackResult[] | Record<string, PackResult>;
  const [{ filename, files }] = Object.values(said) as [PackResult];
  packed = files.map(({ path }) => path);
  npm(project, 'install', join(project, filename), '--offline', '--ignore-scripts', '--no-audit', '--no-fund');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface PackResult {
  filename: string;
  files: { path: string }[];
}

/** Pays and pages. What is expected to be an error shows that an outcome cannot be taken for more than it is. */
const program = `
import { createClient, formatAmount, itemsOf, parseAmount, WalletFault } from '@smart-wallet/client';
import type { NewPayment, Outcome, Problem, ProblemCode, Transaction } from '@smart-wallet/client';

const client = createClient({
  baseUrl: ['http://localhost:3000', 'http://localhost:3001'],
  token: async (refused) => (refused === null ? 'kept' : 'fetched'),
  onAskAgain: ({ attempt, reason }) => console.log(attempt, reason),
});

export async function pay(payment: NewPayment, signal: AbortSignal): Promise<string> {
  const outcome: Outcome<Transaction> = await client.pay(payment, { key: 'invoice-7', signal, deadlineMs: 10_000 });
  // @ts-expect-error it may be no such outcome
  outcome.value;
  switch (outcome.kind) {
    case 'DONE':
      return formatAmount(parseAmount(outcome.value.amount) + 1n, 4);
    case 'REFUSED':
      return told(outcome.problem);
    case 'PENDING':
      return outcome.approval.approvalId;
    case 'NOT_DONE':
      return outcome.problem?.code ?? 'nobody answered';
    case 'UNKNOWN': {
      const settlement = await client.settle(outcome.key);
      return settlement.kind === 'RECORDED' ? settlement.transactions[0].status : settlement.kind;
    }
  }
}

function told({ code, detail, transactionId }: Problem): string {
  const isKnown: boolean = code === 'INSUFFICIENT_FUNDS';
  const later: ProblemCode = 'A_CODE_OF_A_LATER_VERSION';
  return [detail, transactionId ?? later, isKnown].join();
}

/** An open choice keeps what is known of it. */
export const knownKind: Extract<Transaction['kind'], 'REVERSAL'> = 'REVERSAL';
export const laterKind: Transaction['kind'] = 'A_KIND_OF_A_LATER_VERSION';

export async function list(walletId: string): Promise<bigint> {
  let sum = 0n;
  for await (const { amount, status } of client.transactions({ walletId, status: 'SUCCESS', limit: 100 })) {
    if (status === 'SUCCESS') sum += parseAmount(amount);
  }
  const pages = itemsOf(async (cursor) => {
    const { data, error } = await client.api.listTransactions({ query: cursor ? { walletId, cursor } : { walletId } });
    if (!data) throw new WalletFault('no list', { cause: error });
    return data;
  });
  for await (const { transactionId } of pages) console.log(transactionId);
  return sum;
}

// @ts-expect-error money is a string
await client.deposit('w', { amount: 12.5, currency: 'EUR' });
`;

const strict: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  types: [],
};
const nodeNext = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
const withoutDom = { lib: ['lib.es2024.d.ts'], types: ['node'], typeRoots: [typesOfRepo] };

it.each<[string, ts.CompilerOptions]>([
  ['NodeNext', nodeNext],
  ['NodeNext, exact optional properties', { ...nodeNext, exactOptionalPropertyTypes: true }],
  ['bundler', bundler],
  ['bundler, exact optional properties', { ...bundler, exactOptionalPropertyTypes: true }],
  [
    'NodeNext, on a server: without the types of browsers',
    { ...nodeNext, ...withoutDom, exactOptionalPropertyTypes: true },
  ],
])('a program that pays and pages type-checks in an empty project: %s', (_, options) => {
  const checked = ts.createProgram([join(project, 'program.ts')], {
    ...strict,
    target: ts.ScriptTarget.ES2022,
    ...options,
  });
  // The compiler's own declarations, and Node's, are not ours to check.
  const ours = checked.getSourceFiles().filter(({ fileName }) => fileName.startsWith(project));
  expect(ours.length).toBeGreaterThan(10);
  const found = [
    checked.getOptionsDiagnostics(),
    ...ours.map((file) => ts.getPreEmitDiagnostics(checked, file)),
  ].flat();
  const wrong = found.map(({ file, start, messageText }) => {
    const place = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : '';
    return `${file?.fileName}:${place} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(wrong).toEqual([]);
});

it('it runs as it is installed', () => {
  const script = `import { formatAmount, parseAmount } from '@smart-wallet/client';
    console.log(formatAmount(parseAmount('12.50') * 2n));`;
  const args = ['--input-type=module', '--eval', script];
  expect(execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })).toBe('25.00\n');
});

it('holds what runs and how it is used, and no tests', () => {
  expect(packed).toEqual(expect.arrayContaining(['README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']));
  expect(packed.filter((path) => /test|\.tsbuildinfo|^src/.test(path))).toEqual([]);
});
