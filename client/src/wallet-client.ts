import { type BatchOptions, payEach } from './batch.js';
import type { CallSettings } from './call/call-settings.js';
import type { CallOptions, MoneyOptions } from './client-options.js';
import { createClient as createGenerated } from './generated/client/index.js';
import { Operations } from './generated/sdk.gen.js';
import type {
  AtomicBatchResults,
  Balance,
  Entry,
  Hold,
  HoldWithCaptures,
  Limits,
  ListHoldsData,
  ListTransactionsData,
  ListWalletsData,
  Payment,
  Transaction,
  Wallet,
} from './generated/types.gen.js';
import { askUnderKey, type MoneyAsk } from './money-calls.js';
import type { Outcome } from './outcome.js';
import { itemsOf } from './pages.js';
import { type Query, readOne, readPage } from './reads.js';
import type * as requests from './requests.js';
import { resilientFetch } from './resilient-fetch.js';
import { type Settlement, settle } from './settlement.js';

/**
 * The platform, as one of its callers. Whatever moves money, or bounds it, is asked for under a key, again and again with
 * the same bytes, until it has an answer or there is no more time; its outcome is a value that must be looked at.
 */
export class WalletClient {
  /** Every operation of the API's description: `api.getPayment({ path: { id } })`. */
  readonly api: Operations;
  readonly #settings: CallSettings;

  constructor(settings: CallSettings) {
    this.#settings = settings;
    const baseUrl = settings.gateways.first;
    this.api = new Operations({ client: createGenerated({ baseUrl, fetch: resilientFetch(settings) }) });
  }

  pay(payment: requests.NewPayment, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move('/api/payments', payment, options);
  }

  /** In one request, each on its own; one outcome for each, in order. */
  payEach(payments: readonly requests.BatchPayment[], options: BatchOptions = {}): Promise<Outcome<Transaction>[]> {
    return payEach(payments, options, this.#settings);
  }

  /** In one request, all or none. */
  payTogether(payments: readonly requests.NewPayment[], options?: MoneyOptions): Promise<Outcome<AtomicBatchResults>> {
    return this.#ask('/api/payments/batch', { atomic: true, payments }, 'results', options);
  }

  deposit(walletId: string, body: requests.NewDeposit, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move(`/api/wallets/${part(walletId)}/deposits`, body, options);
  }

  withdraw(walletId: string, body: requests.NewWithdrawal, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move(`/api/wallets/${part(walletId)}/withdrawals`, body, options);
  }

  hold(hold: requests.NewHold, options?: MoneyOptions): Promise<Outcome<Hold>> {
    return this.#ask('/api/holds', hold, 'holdId', options);
  }

  capture(holdId: string, body: requests.NewCapture = {}, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move(`/api/holds/${part(holdId)}/capture`, body, options);
  }

  voidHold(holdId: string, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move(`/api/holds/${part(holdId)}/void`, {}, options);
  }

  /** Of a payment or a capture. */
  refund(id: string, body: requests.NewRefund = {}, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move(`/api/payments/${part(id)}/refunds`, body, options);
  }

  reverse(transactionId: string, body: requests.NewReversal, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#move(`/api/transactions/${part(transactionId)}/reversal`, body, options);
  }

  /** Replaces all of them. */
  setLimits(walletId: string, limits: requests.NewLimits, options?: MoneyOptions): Promise<Outcome<Limits>> {
    return this.#ask(`/api/wallets/${part(walletId)}/limits`, limits, 'walletId', options, 'PUT');
  }

  createWallet(wallet: requests.NewWallet, options?: MoneyOptions): Promise<Outcome<Wallet>> {
    return this.#ask('/api/wallets', wallet, 'walletId', options);
  }

  changeStatus(walletId: string, body: requests.NewStatus, options?: MoneyOptions): Promise<Outcome<Wallet>> {
    return this.#ask(`/api/wallets/${part(walletId)}/status`, body, 'walletId', options, 'PATCH');
  }

  /** What a key made, or that it never will. */
  settle(key: string, options: CallOptions = {}): Promise<Settlement> {
    return settle(key, options, this.#settings);
  }

  wallet(walletId: string, options?: CallOptions): Promise<Wallet | null> {
    return this.#read(`/api/wallets/${part(walletId)}`, {}, options);
  }

  /** Of now, or of any time before. */
  balance(walletId: string, { at, ...options }: CallOptions & { at?: string } = {}): Promise<Balance | null> {
    return this.#read(`/api/wallets/${part(walletId)}/balance`, { at }, options);
  }

  limits(walletId: string, options?: CallOptions): Promise<Limits | null> {
    return this.#read(`/api/wallets/${part(walletId)}/limits`, {}, options);
  }

  transaction(transactionId: string, options?: CallOptions): Promise<Transaction | null> {
    return this.#read(`/api/transactions/${part(transactionId)}`, {}, options);
  }

  /** With what was refunded of it. */
  payment(transactionId: string, options?: CallOptions): Promise<Payment | null> {
    return this.#read(`/api/payments/${part(transactionId)}`, {}, options);
  }

  /** As it is now, with its captures. */
  findHold(holdId: string, options?: CallOptions): Promise<HoldWithCaptures | null> {
    return this.#read(`/api/holds/${part(holdId)}`, {}, options);
  }

  /** All that match, newest first. */
  transactions(filters: Filters<ListTransactionsData> = {}, options?: CallOptions): AsyncGenerator<Transaction, void> {
    return this.#list('/api/transactions', filters, options);
  }

  wallets(filters: Filters<ListWalletsData> = {}, options?: CallOptions): AsyncGenerator<Wallet, void> {
    return this.#list('/api/wallets', filters, options);
  }

  holds(filters: Filters<ListHoldsData> = {}, options?: CallOptions): AsyncGenerator<Hold, void> {
    return this.#list('/api/holds', filters, options);
  }

  entries(walletId: string, filters: Query = {}, options?: CallOptions): AsyncGenerator<Entry, void> {
    return this.#list(`/api/wallets/${part(walletId)}/entries`, filters, options);
  }

  #move(path: string, body: object, options?: MoneyOptions): Promise<Outcome<Transaction>> {
    return this.#ask(path, body, 'transactionId', options);
  }

  #ask<Made>(
    path: string,
    body: object,
    names: string,
    options: MoneyOptions = {},
    method: MoneyAsk['method'] = 'POST',
  ): Promise<Outcome<Made>> {
    return askUnderKey({ method, path, body, names }, options, this.#settings);
  }

  #read<Read>(path: string, query: Query, options: CallOptions = {}): Promise<Read | null> {
    return readOne(path, query, options, this.#settings);
  }

  #list<Item>(path: string, filters: Query, options: CallOptions = {}): AsyncGenerator<Item, void> {
    return itemsOf((cursor) => readPage<Item>(path, { ...filters, cursor }, options, this.#settings));
  }
}

/** Of a list, as its description has them; the cursor is the list's own business. */
type Filters<Data extends { query?: object }> = Omit<NonNullable<Data['query']>, 'cursor'>;

/** An id as a part of an address, whatever it is: it stays one part. */
function part(id: string): string {
  return encodeURIComponent(id);
}
