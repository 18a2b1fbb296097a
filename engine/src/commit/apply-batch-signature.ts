import { SqlFunction } from './sql-function.js';

/*
 * The parameters of apply_batch_v4, in the order of its signature: migrations/017_apply_batch_v4.sql says what each means, and which
 * may be null as a whole. A changed signature is a new function beside this one, so that old and new engines run together: a
 * second list.
 */

/** What the commands' keys name. */
export const keyParameters = {
  k_digest: 'uuid[]',
  k_first: 'int4[]',
  k_change: 'uuid[]',
  k_change_hash: 'uuid[]',
} as const;

/** Touched wallets. */
export const walletParameters = {
  w_id: 'uuid[]',
  w_delta: 'numeric[]',
  w_dip: 'numeric[]',
  w_entries: 'int4[]',
  w_held: 'numeric[]',
  w_out: 'numeric[]',
  w_out_peak: 'numeric[]',
  w_in: 'numeric[]',
  w_largest: 'numeric[]',
} as const;

/** Changes of limits. */
export const limitParameters = {
  l_wallet_ix: 'int4[]',
  l_floor: 'numeric[]',
  l_per_payment: 'numeric[]',
  l_daily_out: 'numeric[]',
  l_daily_in: 'numeric[]',
} as const;

export const newHoldParameters = { n_first: 'int4[]', n_expires_ms: 'int8[]' } as const;

export const holdParameters = {
  h_id: 'uuid[]',
  h_captures_from: 'int4[]',
  h_captured: 'numeric[]',
  h_captures: 'int4[]',
} as const;

export const refundParameters = {
  r_id: 'uuid[]',
  r_amount: 'numeric[]',
  r_refunds_from: 'int4[]',
  r_refunded: 'numeric[]',
  r_refunds: 'int4[]',
} as const;

/** What transactions have in common. */
export const groupParameters = { g_caller: 'text[]', g_currency: 'text[]' } as const;

export const transactionParameters = {
  t_group: 'int2[]',
  t_id: 'uuid[]',
  t_key: 'text[]',
  t_request_hash: 'uuid[]',
  t_amount: 'numeric[]',
  t_partition: 'int2[]',
  t_initiated_ms: 'int8[]',
  t_sender_ix: 'int4[]',
  t_receiver_ix: 'int4[]',
  t_sender: 'uuid[]',
  t_receiver: 'uuid[]',
  t_sender_later: 'numeric[]',
  t_sender_later_entries: 'int4[]',
  t_receiver_later: 'numeric[]',
  t_receiver_later_entries: 'int4[]',
  t_reference: 'text[]',
  t_description: 'text[]',
  t_metadata: 'jsonb[]',
  t_parent: 'uuid[]',
  t_effective_ms: 'int8[]',
  t_released: 'numeric[]',
  t_failure_ix: 'int4[]',
} as const;

export const failureParameters = { f_code: 'text[]', f_reason: 'text[]', f_category: 'text[]' } as const;

export const atomicBatchParameters = { b_first: 'int4[]', b_count: 'int4[]' } as const;

export const applyBatch = new SqlFunction(
  'apply_batch_v4',
  {
    p_worker_id: 'uuid',
    p_seq: 'int8',
    p_not_after_ms: 'int8',
    p_created_max_ms: 'int8',
    p_processing_ms: 'int8',
    p_day: 'int4',
    p_partitions: 'int2[]',
    p_epochs: 'int8[]',
    ...keyParameters,
    ...walletParameters,
    w_status_from: 'wallet_status[]',
    w_status_to: 'wallet_status[]',
    ...limitParameters,
    g_kind: 'transaction_kind[]',
    ...groupParameters,
    ...transactionParameters,
    ...failureParameters,
    ...newHoldParameters,
    ...holdParameters,
    h_status: 'hold_status[]',
    ...refundParameters,
    ...atomicBatchParameters,
    p_changes: 'jsonb',
    p_figures: 'jsonb',
    p_latency_bounds_ms: 'int8[]',
    p_merkle_root: 'bytea',
  },
  'committed',
);
