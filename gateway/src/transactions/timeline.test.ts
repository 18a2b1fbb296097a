import { expect, it } from 'vitest';
import { timelineJson } from './timeline.js';
import type { TransactionRow } from './transaction-row.js';

const at = (ms: number) => new Date(1_700_000_000_000 + ms);
const row = (initiated: number, processing: number, created: number) =>
  ({
    ...{ transaction_id: 't', kind: 'PAYMENT', status: 'SUCCESS', batch_seq: '7', currency: 'EUR' },
    ...{ initiated_at: at(initiated), processing_at: at(processing), created_at: at(created) },
  }) as unknown as TransactionRow;
const steps = (one: TransactionRow) =>
  JSON.parse(timelineJson(one, [])).items.map((item: { at: string; step: string }) => [
    item.step,
    Date.parse(item.at) - at(0).getTime(),
  ]);

it('a timeline tells the steps as the clocks had them', () => {
  expect(steps(row(1, 3, 9))).toEqual([
    ...[
      ['INITIATED', 1],
      ['PROCESSING', 3],
    ],
    ['SUCCESS', 9],
  ]);
});

it('no step comes after the one that followed it, though clocks differ', () => {
  expect(steps(row(5, 12, 10))).toEqual([
    ...[
      ['INITIATED', 5],
      ['PROCESSING', 10],
    ],
    ['SUCCESS', 10],
  ]);
  expect(steps(row(20, 12, 10)).map(([, ms]: [string, number]) => ms)).toEqual([10, 10, 10]);
});
