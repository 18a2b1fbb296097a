import type { TransferCommand, TransferKind } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest, requestHash } from '@smart-wallet/engine/contract/digest.js';
import { parseAmount } from '@smart-wallet/engine/contract/money.js';
import type { PaymentTerms, TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { z } from 'zod';
import {
  amountField,
  amountMessages,
  currencyField,
  descriptionField,
  metadataField,
  readMetadata,
  referenceField,
  uuidField,
} from '../http/fields.js';
import type { FieldError } from '../http/problem.js';
import { badTexts } from '../http/text-check.js';
import { fieldErrors } from '../http/validate.js';

const common = {
  amount: amountField,
  currency: currencyField,
  reference: referenceField,
  description: descriptionField,
  metadata: metadataField,
};
export const paymentSchema = z.strictObject({ senderWalletId: uuidField, receiverWalletId: uuidField, ...common });
/** A deposit or a withdrawal; the wallet is in the path. */
export const walletTransferSchema = z.strictObject(common);

export function readPayment(body: unknown, hasEscapes: boolean): PaymentTerms | FieldError[] {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) return bad;
  const parsed = paymentSchema.safeParse(body);
  if (!parsed.success) return fieldErrors(parsed.error, body);
  const { senderWalletId, receiverWalletId } = parsed.data;
  const common = readCommon(parsed.data);
  const terms = Array.isArray(common)
    ? common
    : { kind: 'PAYMENT' as const, senderWalletId, receiverWalletId, ...common };
  if (senderWalletId !== receiverWalletId) return terms;
  const same = { field: 'receiverWalletId', rule: 'SAME_WALLET', message: 'must be another wallet than the sender' };
  return Array.isArray(terms) ? [...terms, same] : [same];
}

export function readWalletTransfer(
  kind: 'DEPOSIT' | 'WITHDRAWAL',
  walletId: string,
  body: unknown,
  hasEscapes: boolean,
): TransferTerms<'DEPOSIT' | 'WITHDRAWAL'> | FieldError[] {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) return bad;
  const parsed = walletTransferSchema.safeParse(body);
  if (!parsed.success) return fieldErrors(parsed.error, body);
  const common = readCommon(parsed.data);
  if (Array.isArray(common)) return common;
  return kind === 'DEPOSIT'
    ? { kind, senderWalletId: null, receiverWalletId: walletId, ...common }
    : { kind, senderWalletId: walletId, receiverWalletId: null, ...common };
}

/** What every transfer says besides its wallets. */
function readCommon(
  fields: z.infer<typeof walletTransferSchema>,
): Omit<TransferTerms, 'kind' | 'senderWalletId' | 'receiverWalletId'> | FieldError[] {
  const amount = parseAmount(fields.amount, fields.currency);
  const metadata = readMetadata(fields.metadata);
  const errors: FieldError[] = [];
  if (typeof amount === 'string') errors.push({ field: 'amount', rule: amount, message: amountMessages[amount] });
  if (metadata !== null && typeof metadata === 'object') errors.push(metadata);
  if (errors.length > 0) return errors;
  return {
    amount: amount.toString(),
    currency: fields.currency,
    reference: fields.reference ?? null,
    description: fields.description ?? null,
    metadata: metadata as string | null,
  };
}

export function transferCommand(
  caller: string,
  idempotencyKey: string,
  terms: TransferTerms<TransferKind>,
  initiatedAtMs: number,
): TransferCommand {
  return {
    ...terms,
    type: 'TRANSFER',
    caller,
    idempotencyKey,
    keyDigest: keyDigest(caller, idempotencyKey),
    requestHash: requestHash(terms),
    initiatedAtMs,
  };
}
