/** What the audit found, check by check. */
export interface AuditReport {
  /** Which one: a proof of another database proves nothing. */
  database: AuditedDatabase;
  clean: boolean;
  transactions: number;
  durationMs: number;
  checks: CheckResult[];
}

export interface AuditedDatabase {
  host: string;
  port: number;
  name: string;
  /** The role that looked. */
  role: string;
}

export interface CheckResult {
  name: CheckName;
  /** What holds when the check is clean. */
  title: string;
  /** Rows looked at. */
  looked: number;
  findingCount: number;
  /** The first `findingsKeptMax` of them, each one sentence. */
  findings: string[];
}

export const findingsKeptMax = 20;

export const checkTitles = {
  'currency-totals': 'all balances of a currency add up to zero',
  'wallet-balances': "every wallet's balance and entry number equal its entries",
  'entry-numbers': "a wallet's entries are numbered 1 to n without a hole",
  'balance-chain': 'every balance_after is the one before plus the entry',
  'entry-times': 'created_at never decreases with the entry number',
  floors: 'what is available never goes below the floor of its time, closed wallets are empty',
  keys: 'every key names one thing that was asked for with it, and everything has its key',
  approvals: 'what was done with approval is what two people agreed on',
  'status-changes': 'changes of status and limits are in the audit log as their batches say',
  'event-sequences': "a partition's events are numbered from 1 without a hole",
  'wallet-creations': 'wallets are as they were made, by the chains of their creation',
  holds: 'every hold is what its transactions made of it, ends once, and nothing is taken after that',
  held: 'what wallets hold is what is left of their open holds',
  refunds: 'never more is paid back than was paid, to whom paid it, by who got it',
  'reversals-recorded': 'every reversal is one row of the audit log, and every such row a reversal',
  limits: 'wallets have the limits of their last change, and changes follow each other',
  'day-counters': "wallets' counters are what their day counts",
  'limits-kept': 'what was counted is within the limits of its time',
  failures: 'FAILED transactions moved nothing and have their failure row',
  kinds: 'every transaction is of a kind that is known to move money or not to',
  pairs: 'both wallets of a pair have its currency',
  ownership: 'epochs have no hole and no former owner committed',
  'batch-rows': 'every transaction is in exactly one batch, batches have no gap',
  'batch-figures': "a batch's figures and histogram equal its transactions",
  'batch-digests': "the database's digest of every batch is right",
  'merkle-roots': 'the Merkle root of every batch is right',
  'hash-chain': "every engine's hash chain holds to its head",
  'request-hashes': 'request hashes equal the recorded requests',
  acknowledged: 'every acknowledged transaction is there as it was told',
} as const;

export type CheckName = keyof typeof checkTitles;

/** Collects what the checks look at and find. */
export class Findings {
  readonly #checks = new Map<CheckName, { looked: number; count: number; kept: string[] }>();

  looked(check: CheckName, rows: number): void {
    this.#of(check).looked += rows;
  }

  /** `count` when one sentence stands for several. */
  found(check: CheckName, finding: string, count = 1): void {
    const entry = this.#of(check);
    entry.count += count;
    if (entry.kept.length < findingsKeptMax) entry.kept.push(finding);
  }

  /** For findings that were counted but not listed. */
  foundMore(check: CheckName, count: number): void {
    this.#of(check).count += count;
  }

  results(): CheckResult[] {
    return (Object.keys(checkTitles) as CheckName[]).flatMap((name) => {
      const entry = this.#checks.get(name);
      if (!entry) return [];
      return { name, title: checkTitles[name], looked: entry.looked, findingCount: entry.count, findings: entry.kept };
    });
  }

  #of(check: CheckName) {
    let entry = this.#checks.get(check);
    if (!entry) {
      entry = { looked: 0, count: 0, kept: [] };
      this.#checks.set(check, entry);
    }
    return entry;
  }
}

/** The report as people read it. */
export function reportText(report: AuditReport): string {
  const width = Math.max(...report.checks.map((check) => check.name.length));
  const lines = report.checks.flatMap((check) => {
    const verdict = check.findingCount === 0 ? 'ok' : `${check.findingCount} found`;
    const more = check.findingCount - check.findings.length;
    return [
      `${check.name.padEnd(width)}  ${String(check.looked).padStart(10)}  ${verdict.padEnd(10)}  ${check.title}`,
      ...check.findings.map((finding) => `    ${finding}`),
      ...(more > 0 ? [`    and ${more} more`] : []),
    ];
  });
  const found = report.checks.reduce((sum, check) => sum + check.findingCount, 0);
  const { host, port, name, role } = report.database;
  return [
    `Database ${name} at ${host}:${port}, read as ${role}`,
    '',
    `${'check'.padEnd(width)}  ${'rows'.padStart(10)}  ${'verdict'.padEnd(10)}  what holds`,
    ...lines,
    '',
    `${report.transactions} transactions in ${(report.durationMs / 1000).toFixed(1)} s: ` +
      (report.clean ? 'the books balance.' : `${found} findings.`),
  ].join('\n');
}
