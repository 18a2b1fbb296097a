import { cast } from '@smart-wallet/loadtest/demo/cast.js';
import { Demo } from '@smart-wallet/loadtest/demo/demo.js';
import { flowsWithoutHolds } from '@smart-wallet/loadtest/demo/flows.js';
import { WalletApi } from '@smart-wallet/loadtest/demo/wallet-api.js';
import { expect } from 'vitest';
import { patienceMs } from '../platform/patience.js';
import { Refusals } from './refusals.js';

/** Payments between wallets with names, at a rate, and payments that are refused. Everything gets a definite answer in the end. */
export class Load {
  private constructor(
    private readonly demo: Demo,
    readonly refusals: Refusals,
  ) {}

  /** Makes the wallets. Nothing flows yet. */
  static async open(gatewayUrls: readonly string[], token: string): Promise<Load> {
    const refusals = await Refusals.open(gatewayUrls, token);
    const demo = new Demo(new WalletApi(gatewayUrls, token), cast, flowsWithoutHolds);
    demo.steering = { rate: 0, failurePercent: 0 };
    await demo.start();
    return new Load(demo, refusals);
  }

  flow(paymentsPerSecond: number): void {
    this.demo.steer({ rate: paymentsPerSecond, failurePercent: 0 });
  }

  /** Ends what flows and waits for the answers under way: nothing is committed after this second. */
  async ebb(): Promise<number> {
    this.flow(0);
    this.refusals.pause();
    await expect.poll(() => this.demo.totals().open + this.refusals.open, { timeout: patienceMs }).toBe(0);
    return Math.floor(Date.now() / 1_000);
  }

  async stop(): Promise<void> {
    await this.demo.stop(10_000);
    await this.refusals.stop();
  }
}
