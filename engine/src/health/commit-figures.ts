import type { BatchFigures } from '../contract/events.js';
import { Distribution } from './distribution.js';

/** What an engine committed since it started. */
export class CommitFigures {
  readonly batchSizes = new Distribution([1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]);
  #succeeded = 0;
  #failed = 0;

  count({ succeeded, failed }: BatchFigures): void {
    // Nothing but changes of status.
    if (succeeded + failed === 0) return;
    this.#succeeded += succeeded;
    this.#failed += failed;
    this.batchSizes.observe(succeeded + failed);
  }

  *byStatus(): Iterable<[status: string, count: number]> {
    yield ['SUCCESS', this.#succeeded];
    yield ['FAILED', this.#failed];
  }
}
