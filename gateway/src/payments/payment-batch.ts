import type { AtomicBatchCommand } from '@smart-wallet/engine/contract/commands.js';
import { batchPaymentsMax } from '@smart-wallet/engine/contract/limits.js';
import { atomicRequestHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { PaymentTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { z } from 'zod';
import { idempotencyKeyError, idempotencyKeyForm } from '../http/idempotency-key.js';
import { type FieldError, ProblemError, validationFailed } from '../http/problem.js';
import type { RatePoints } from '../http/rate-limit-group.js';
import type { Asked } from '../idempotency/asked.js';
import { paymentSchema, readPayment } from '../transfers/transfer-request.js';

/* What the batch's body is, for its description: it is read by hand, item by item. */

const payments = (item: z.ZodType) => z.array(item).min(1).max(batchPaymentsMax);
const itemKey = z.string().meta({ ...idempotencyKeyForm, description: 'The payment\u2019s own key.' });
export const plainBatchSchema = z.strictObject({
  atomic: z.literal(false).optional(),
  payments: payments(paymentSchema.extend({ idempotencyKey: itemKey })),
});
export const atomicBatchSchema = z.strictObject({ atomic: z.literal(true), payments: payments(paymentSchema) });

/** Each payment counts. What is no batch is refused later: it counts as one call. */
export const batchPoints: RatePoints = {
  field: 'payments',
  of: (body) => {
    const { payments } = body as { payments?: unknown };
    return Array.isArray(payments) ? Math.min(payments.length, batchPaymentsMax) : 1;
  },
};

export interface BatchBody {
  atomic: boolean;
  payments: unknown[];
}

/** The envelope alone. Throws VALIDATION_FAILED. */
export function readBatchBody(body: unknown): BatchBody {
  const { payments, atomic = false, ...others } = body as Record<string, unknown>;
  const errors: FieldError[] = Object.keys(others).map((field) => ({
    field,
    rule: 'UNKNOWN_FIELD',
    message: 'is not a field here',
  }));
  if (typeof atomic !== 'boolean') errors.push({ field: 'atomic', rule: 'TYPE', message: 'must be true or false' });
  if (payments === undefined) errors.push({ field: 'payments', rule: 'REQUIRED', message: 'is required' });
  else if (!Array.isArray(payments)) errors.push({ field: 'payments', rule: 'TYPE', message: 'must be a list' });
  else if (payments.length === 0) errors.push({ field: 'payments', rule: 'TOO_SHORT', message: 'must not be empty' });
  else if (payments.length > batchPaymentsMax) {
    errors.push({ field: 'payments', rule: 'TOO_LONG', message: `must have at most ${batchPaymentsMax} payments` });
  }
  if (errors.length > 0) throw new ProblemError(validationFailed(errors));
  return { atomic: atomic as boolean, payments: payments as unknown[] };
}

/** One key for all would promise what a plain batch does not do. Throws VALIDATION_FAILED. */
export function refuseHeaderKey(header: unknown): void {
  if (header === undefined) return;
  const message = 'must not be sent with a plain batch, which takes a key per payment: send atomic: true for one key';
  throw new ProblemError(validationFailed([{ field: 'Idempotency-Key', rule: 'NOT_FOR_PLAIN_BATCH', message }]));
}

/** One payment of a plain batch, with its own key. */
export function readBatchItem(
  item: unknown,
  hasEscapes: boolean,
): { key: string; payment: PaymentTerms } | FieldError[] {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) {
    return [{ field: '', rule: 'TYPE', message: 'must be an object' }];
  }
  const { idempotencyKey, ...payment } = item as Record<string, unknown>;
  const keyError = idempotencyKeyError(idempotencyKey, 'idempotencyKey') ?? quotedKeyError(idempotencyKey);
  const read = readPayment(payment, hasEscapes);
  if (keyError) return Array.isArray(read) ? [keyError, ...read] : [keyError];
  return Array.isArray(read) ? read : { key: idempotencyKey as string, payment: read };
}

/** As a header it would be the key inside: one spelling, one key. */
function quotedKeyError(key: unknown): FieldError | undefined {
  if (!String(key).startsWith('"')) return undefined;
  return {
    field: 'idempotencyKey',
    rule: 'CHARACTERS',
    message: 'must not begin with a quote: send the key without quotes',
  };
}

/** An atomic batch is valid as a whole or not at all. Throws VALIDATION_FAILED. */
export function atomicBatchCommand(asked: Asked, payments: unknown[], hasEscapes: boolean): AtomicBatchCommand {
  const errors: FieldError[] = [];
  const terms: PaymentTerms[] = [];
  payments.forEach((item, index) => {
    const read = readPayment(item, hasEscapes);
    if (!Array.isArray(read)) terms.push(read);
    else errors.push(...read.map((error) => atomicItemError(error, index)));
  });
  if (errors.length > 0) throw new ProblemError(validationFailed(errors));
  return {
    type: 'ATOMIC_BATCH',
    ...asked,
    requestHash: atomicRequestHash(terms),
    payments: terms,
  };
}

function atomicItemError(error: FieldError, index: number): FieldError {
  if (error.field === '') return { ...error, field: `payments.${index}` };
  const field = `payments.${index}.${error.field}`;
  if (error.field !== 'idempotencyKey') return { ...error, field };
  const message = 'is not a field of an atomic batch, which takes one key: send it as the Idempotency-Key header';
  return { field, rule: error.rule, message };
}
