import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Approvals } from './approvals.js';
import type { ApprovedActs } from './approved-acts.js';

/** How often a gateway looks for what is approved and not done, and for what nobody decided in time. */
const sweepEveryMs = 2_000;
/** At once. */
const claimedMax = 20;
const expiredMax = 200;

/** Goes on with what a gateway approved and did not live to see done. Every gateway does so; each approval is one's at a time. */
export class ApprovalSweep {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly approvals: Approvals,
    private readonly acts: ApprovedActs,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#running = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.sweep().catch((error: unknown) =>
        this.log.warn({ err: error }, 'approvals could not be looked through; trying again'),
      );
      await sleep(sweepEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async sweep(): Promise<void> {
    await this.approvals.expire(expiredMax);
    await Promise.all((await this.approvals.claim(claimedMax)).map((id) => this.#goOn(id)));
  }

  async #goOn(approvalId: string): Promise<void> {
    try {
      const row = await this.approvals.find(approvalId);
      if (row?.status !== 'APPROVED' || row.result) return;
      const outcome = await this.acts.run(row, null);
      this.log.info({ approvalId, outcome }, 'an approved act was taken up again');
    } catch (error) {
      this.log.error({ err: error, approvalId }, 'an approved act cannot be done yet; trying again');
    }
  }
}
