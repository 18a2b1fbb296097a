import { check, sleep } from 'k6';
import http from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';
import { type Answer, headers, minorOf } from './ask.ts';
import { url } from './settings.ts';
import type { Wallets } from './wallets.ts';

/*
 * What was acknowledged is held against the ledger in `teardown`, which knows nothing of the virtual users: so each counts
 * up here what it was told, and the teardown counts down what the ledger holds. Above zero, something is missing (lost), or
 * is there that nobody was told of (doubled). What stayed unanswered may be there or not, and so could stand in the ledger for one that was
 * acknowledged and lost: with a single one of those nothing is proved, and the SLA is not met.
 */
const lost = new Counter('payments_lost');
const doubled = new Counter('payments_doubled');
const lostMinor = new Counter('minor_units_lost');
const doubledMinor = new Counter('minor_units_doubled');
const unbalancedMinor = new Counter('minor_units_unbalanced');

const acknowledged = new Counter('payments_acknowledged');
const unanswered = new Counter('payments_unanswered');
const inLedger = new Gauge('payments_in_ledger');

/** Of answers that come after their caller gave up. */
const PATIENCE_S = 10;
/** At the ledger, at the end. */
const ATTEMPTS = 30;
const AT_ONCE = 50;

/** Before so many are asked for. One that is broken off with its virtual user is unanswered, too. */
export function asking(movements = 1): void {
  unanswered.add(movements);
}

/**
 * A movement, of which a payee has one entry.
 * @param minor what the payee gets by it, negative for a refund, in minor units
 * @param ask null: what became of it stayed unknown
 */
export function moves(minor: number, ask: () => Answer | null): Answer | null {
  asking();
  const answer = ask();
  if (answer === null) unknown(minor);
  else answeredWith(answer.status, minor);
  return answer;
}

/** @param status of the answer; a refusal moved nothing */
export function answeredWith(status: number, minor: number): void {
  unanswered.add(-1);
  const isDone = status === 201;
  check(status, { 'a movement is done': () => isDone });
  if (!isDone) return;
  acknowledged.add(1);
  lost.add(1);
  doubled.add(-1);
  lostMinor.add(minor);
  doubledMinor.add(-minor);
}

export function unknown(minor: number): void {
  doubled.add(-1);
  if (minor > 0) doubledMinor.add(-minor);
  else lostMinor.add(minor);
}

/** In `teardown`: what the ledger holds of the run. */
export function reconcile(wallets: Wallets): void {
  let books = read(wallets);
  for (let waited = 0; books.unbalanced !== 0 && waited < PATIENCE_S; waited += 1) {
    sleep(1);
    books = read(wallets);
  }
  inLedger.add(books.count);
  lost.add(-books.count);
  doubled.add(books.count);
  lostMinor.add(-books.minor);
  doubledMinor.add(books.minor);
  unbalancedMinor.add(Math.abs(books.unbalanced));
}

interface Books {
  /** Entries of the payees: their numbers are dense, so the newest one's is their count. */
  readonly count: number;
  readonly minor: number;
  /** What payers and payees have, less what the payers began with. */
  readonly unbalanced: number;
}

function read({ payers, payees, funded }: Wallets): Books {
  const paid = sum(balances(payees));
  const left = sum(balances(payers));
  const counts = ask(payees.map((id) => `/api/wallets/${id}/entries?limit=1`)).map(
    (page) => (page as unknown as { items: { entryNo: number | string }[] }).items[0]?.entryNo ?? 0,
  );
  return { count: sum(counts.map(Number)), minor: paid, unbalanced: paid + left - funded * payers.length };
}

function balances(walletIds: readonly string[]): number[] {
  return ask(walletIds.map((id) => `/api/wallets/${id}/balance`)).map(({ balance }) => minorOf(balance as string));
}

/** Asks for some at once, and again for those without an answer. */
function ask(paths: readonly string[]): Record<string, unknown>[] {
  const found = new Map<string, Record<string, unknown>>();
  for (let attempt = 1; ; attempt += 1) {
    const open = paths.filter((path) => !found.has(path));
    if (open.length === 0) return paths.map((path) => found.get(path) as Record<string, unknown>);
    if (attempt > ATTEMPTS) throw new Error(`GET ${open[0]} is not answered: the run is not reconciled.`);
    if (attempt > 1) sleep(1);
    for (let at = 0; at < open.length; at += AT_ONCE) {
      const some = open.slice(at, at + AT_ONCE);
      const answers = http.batch(
        some.map((path) => ({
          method: 'GET',
          url: `${url}${path}`,
          params: { headers, responseType: 'text' as const },
        })),
      );
      for (const [i, answer] of answers.entries())
        if (answer.status === 200) found.set(some[i] as string, answer.json() as Record<string, unknown>);
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
