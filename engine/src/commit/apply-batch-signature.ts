import { SqlFunction } from './sql-function.js';

/*
 * The parameters of apply_batch_v3, in the order of its signature: migrations/013_apply_batch_v3.sql says what each means, and which
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
  t_failure_ix: 'int4[]',
} as const;

export const failureParameters = { f_code: 'text[]', f_reason: 'text[]', f_category: 'text[]' } as const;

export const atomicBatchParameters = { b_first: 'int4[]', b_count: 'int4[]' } as const;

export const applyBatch = new SqlFunction(
  'apply_batch_v3',
  {
    p_worker_id: 'uuid',
    p_seq: 'int8',
    p_not_after_ms: 'int8',
    p_created_max_ms: 'int8',
    p_processing_ms: 'int8',
    p_partitions: 'int2[]',
    p_epochs: 'int8[]',
    ...keyParameters,
    ...walletParameters,
    w_status_from: 'wallet_status[]',
    w_status_to: 'wallet_status[]',
    g_kind: 'transaction_kind[]',
    ...groupParameters,
    ...transactionParameters,
    ...failureParameters,
    ...atomicBatchParameters,
    p_changes: 'jsonb',
    p_figures: 'jsonb',
    p_latency_bounds_ms: 'int8[]',
    p_merkle_root: 'bytea',
  },
  ['created_ms', 'latency'],
);
