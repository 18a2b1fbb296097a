import { STEERING_DEFAULT, type Steering } from '@smart-wallet/local-stack/demo-steering.mjs';
import { Cashier } from './cashier.js';
import type { Member } from './cast.js';
import { type Flow, flows } from './flows.js';
import { log } from './json-log.js';
import type { Movement } from './movement.js';
import { openWallets, readState } from './opening.js';
import { Pacer } from './pacer.js';
import { RecentCounts } from './recent-counts.js';
import { TrafficPlan } from './traffic-plan.js';
import type { WalletApi } from './wallet-api.js';

/** From this rate on payments go together, one request each `tickMs`. */
const togetherFromRate = 100;
const tickMs = 25;
/** A timer holds no more than 24 days, and would run at once. */
const waitMsMax = 60_000;
const togetherMax = 500;
/** What is shown is the mean of so many seconds. */
const recentSeconds = 10;
const faultsToldEveryMs = 60_000;
const readElsewhereEveryMs = 60_000;

/** Demo traffic: makes its wallets, then moves money between them at the rate it is told. */
export class Demo {
  steering: Steering = STEERING_DEFAULT;
  readonly #plan: TrafficPlan;
  readonly #cashier: Cashier;
  readonly #pacer = new Pacer(performance.now());
  readonly #recent = new RecentCounts<'succeeded' | 'refused' | 'askedAgain' | 'heldBack'>(recentSeconds + 1);
  #running = false;
  #heldBack = 0;
  /** Transactions that were made together before they were due: so many are left out. */
  #ahead = 0;
  #leaveOut = false;
  #readElsewhereAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #faultToldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly api: WalletApi,
    members: readonly Member[],
    some: readonly Flow[] = flows,
  ) {
    this.#plan = new TrafficPlan(members, { random: Math.random, flows: some });
    this.#cashier = new Cashier(
      api,
      (movement, ending, id) => this.#plan.ended(movement, ending, id),
      (detail, movement) => this.#tellFault(detail, movement),
    );
  }

  async start(): Promise<void> {
    await openWallets(this.api, this.#plan.purses);
    log('info', 'demo wallets are ready', { wallets: this.#plan.purses.length });
    this.#running = true;
    this.steer(this.steering);
  }

  steer(steering: Steering): void {
    this.steering = steering;
    this.#pacer.setRate(steering.rate, performance.now());
    this.#recent.restart();
    this.#schedule();
  }

  /** Once a second: what was done lately. */
  sample() {
    this.#recent.add(performance.now(), { ...this.#cashier.counts, heldBack: this.#heldBack });
    return {
      succeeded: this.#recent.perSecond('succeeded'),
      refused: this.#recent.perSecond('refused'),
      askedAgain: this.#recent.perSecond('askedAgain'),
      heldBack: this.#recent.perSecond('heldBack'),
      open: this.#cashier.open,
    };
  }

  /** Counts since the start. */
  totals() {
    return { ...this.#cashier.counts, heldBack: this.#heldBack, open: this.#cashier.open };
  }

  /** Reads again what the plan is no longer sure of, and leaves alone meanwhile, once nothing of it is under way. */
  async readDoubtful(): Promise<void> {
    const isTime = performance.now() >= this.#readElsewhereAtMs;
    if (isTime) this.#readElsewhereAtMs = performance.now() + readElsewhereEveryMs;
    for (const purse of this.#plan.purses) {
      // Nobody here hears of the end of holds that are not ours.
      if (isTime && purse.heldElsewhere > 0n) purse.doubtful = true;
      if (purse.doubtful && purse.underWay === 0) await readState(this.api, purse);
    }
  }

  async stop(withinMs: number): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#cashier.stop(withinMs);
    await this.api.close();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const { rate } = this.steering;
    if (rate === 0 || !this.#running) return;
    const waitMs = rate < togetherFromRate ? Math.min(this.#pacer.waitMs(), waitMsMax) : tickMs;
    this.#timer = setTimeout(() => {
      this.#sendDue();
      this.#schedule();
    }, waitMs);
  }

  #sendDue(): void {
    const together: Movement[] = [];
    for (let due = this.#pacer.take(performance.now()); due > 0; due -= 1) {
      if (this.#isLeftOut()) continue;
      const movement = this.#cashier.isFull ? null : this.#plan.next(this.steering);
      if (!movement) this.#heldBack += 1;
      else if (movement.kind === 'PAYMENT' && this.steering.rate >= togetherFromRate) together.push(movement);
      else this.#send([movement]);
      if (movement) this.#ahead += movement.count - 1;
    }
    for (let from = 0; from < together.length; from += togetherMax)
      this.#send(together.slice(from, from + togetherMax));
  }

  /** Every second one, so that the stream does not break off behind what was made together. */
  #isLeftOut(): boolean {
    this.#leaveOut = !this.#leaveOut && this.#ahead > 0;
    if (this.#leaveOut) this.#ahead -= 1;
    return this.#leaveOut;
  }

  #send(movements: readonly Movement[]): void {
    if (this.#cashier.send(movements)) return;
    this.#heldBack += movements.length;
    // Never sent: as if it had not been planned.
    for (const movement of movements) this.#plan.ended(movement, 'UNSENT');
  }

  #tellFault(detail: string, { kind, key }: Movement): void {
    if (performance.now() - this.#faultToldAtMs < faultsToldEveryMs) return;
    this.#faultToldAtMs = performance.now();
    log('warn', `demo traffic was refused: ${detail}`, { kind, key });
  }
}
