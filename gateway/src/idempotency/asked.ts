import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import type { FastifyRequest } from 'fastify';
import type { Database } from '../storage/database.js';
import { traceWith } from '../tracing/command-trace.js';
import { requestKey } from './request-key.js';

/** Who asks, under which key, and when: what every command carries. */
export interface Asked {
  readonly caller: string;
  readonly idempotencyKey: string;
  readonly keyDigest: string;
  readonly initiatedAtMs: number;
  /** What the caller is bound to; absent: not bound. */
  readonly scope?: string;
}

/** Throws IDEMPOTENCY_KEY_MISSING or VALIDATION_FAILED. */
export async function askedBy(database: Database, request: FastifyRequest): Promise<Asked> {
  const { subject: caller, scope } = request.bearer;
  const idempotencyKey = await requestKey(database, caller, request.headers['idempotency-key']);
  const asked = {
    caller,
    idempotencyKey,
    keyDigest: keyDigest(caller, idempotencyKey),
    initiatedAtMs: database.nowMs(),
  };
  return traceWith(scope === null ? asked : { ...asked, scope }, request.span);
}
