import { SqlFunction } from './sql-function.js';

/*
 * The parameters of apply_batch_v2, in the order of its signature: migrations/010_apply_batch_v2.sql says what each means. A changed
 * signature is a new function beside this one, so that old and new engines run together: a second list.
 */

/** What the commands' keys name. */
export const keyParameters = {
  k_digest: 'uuid[]',
  k_request_hash: 'uuid[]',
  k_kind: 'key_outcome[]',
  k_outcome: 'uuid[]',
} as const;

/** Touched wallets. */
export const walletParameters = {
  w_id: 'uuid[]',
  w_delta: 'numeric[]',
  w_dip: 'numeric[]',
  w_entries: 'int4[]',
  w_status_from: 'wallet_status[]',
  w_status_to: 'wallet_status[]',
} as const;

export const transactionParameters = {
  t_id: 'uuid[]',
  t_kind: 'transaction_kind[]',
  t_caller: 'text[]',
  t_key: 'text[]',
  t_request_hash: 'uuid[]',
  t_sender: 'uuid[]',
  t_receiver: 'uuid[]',
  t_amount: 'numeric[]',
  t_currency: 'text[]',
  t_sender_ix: 'int4[]',
  t_sender_later: 'numeric[]',
  t_sender_later_entries: 'int4[]',
  t_receiver_ix: 'int4[]',
  t_receiver_later: 'numeric[]',
  t_receiver_later_entries: 'int4[]',
  t_reference: 'text[]',
  t_description: 'text[]',
  t_metadata: 'jsonb[]',
  t_parent: 'uuid[]',
  t_partition: 'int2[]',
  t_initiated_ms: 'int8[]',
  t_failure_ix: 'int4[]',
} as const;

export const failureParameters = { f_code: 'text[]', f_reason: 'text[]', f_category: 'text[]' } as const;

export const atomicBatchParameters = { b_first: 'int4[]', b_count: 'int4[]' } as const;

export const applyBatch = new SqlFunction(
  'apply_batch_v2',
  {
    p_worker_id: 'uuid',
    p_seq: 'int8',
    p_not_after_ms: 'int8',
    p_created_max_ms: 'int8',
    p_partitions: 'int2[]',
    p_epochs: 'int8[]',
    ...keyParameters,
    ...walletParameters,
    ...transactionParameters,
    p_processing_ms: 'int8',
    ...failureParameters,
    ...atomicBatchParameters,
    p_changes: 'jsonb',
    p_figures: 'jsonb',
    p_latency_bounds_ms: 'int4[]',
    p_merkle_root: 'bytea',
  },
  ['created_ms', 'latency'],
);
