import type { AtomicPayment, TransferCommand, TransferKind } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest, requestHash } from '@smart-wallet/engine/contract/digest.js';
import { parseAmount } from '@smart-wallet/engine/contract/money.js';
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

/** What a transfer says, checked. Wallets are null where the platform's funding wallet stands. */
export interface TransferRequest {
  kind: TransferKind;
  senderWalletId: string | null;
  receiverWalletId: string | null;
  amount: bigint;
  currency: string;
  reference: string | null;
  description: string | null;
  metadata: string | null;
}

type Common = z.infer<typeof walletTransferSchema>;

export function readPayment(body: unknown, hasEscapes: boolean): TransferRequest | FieldError[] {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) return bad;
  const parsed = paymentSchema.safeParse(body);
  if (!parsed.success) return fieldErrors(parsed.error, body);
  const { senderWalletId, receiverWalletId } = parsed.data;
  const request = withCommon('PAYMENT', senderWalletId, receiverWalletId, parsed.data);
  if (senderWalletId !== receiverWalletId) return request;
  const same = { field: 'receiverWalletId', rule: 'SAME_WALLET', message: 'must be another wallet than the sender' };
  return Array.isArray(request) ? [...request, same] : [same];
}

export function readWalletTransfer(
  kind: 'DEPOSIT' | 'WITHDRAWAL',
  walletId: string,
  body: unknown,
  hasEscapes: boolean,
): TransferRequest | FieldError[] {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) return bad;
  const parsed = walletTransferSchema.safeParse(body);
  if (!parsed.success) return fieldErrors(parsed.error, body);
  return kind === 'DEPOSIT'
    ? withCommon(kind, null, walletId, parsed.data)
    : withCommon(kind, walletId, null, parsed.data);
}

function withCommon(
  kind: TransferKind,
  sender: string | null,
  receiver: string | null,
  fields: Common,
): TransferRequest | FieldError[] {
  const amount = parseAmount(fields.amount, fields.currency);
  const metadata = readMetadata(fields.metadata);
  const errors: FieldError[] = [];
  if (typeof amount === 'string') errors.push({ field: 'amount', rule: amount, message: amountMessages[amount] });
  if (metadata !== null && typeof metadata === 'object') errors.push(metadata);
  if (errors.length > 0) return errors;
  return {
    kind,
    senderWalletId: sender,
    receiverWalletId: receiver,
    amount: amount as bigint,
    currency: fields.currency,
    reference: fields.reference ?? null,
    description: fields.description ?? null,
    metadata: metadata as string | null,
  };
}

export function transferCommand(
  caller: string,
  idempotencyKey: string,
  r: TransferRequest,
  initiatedAtMs: number,
): TransferCommand {
  return {
    type: 'TRANSFER',
    kind: r.kind,
    caller,
    idempotencyKey,
    keyDigest: keyDigest(caller, idempotencyKey),
    requestHash: requestHash(r),
    senderWalletId: r.senderWalletId,
    receiverWalletId: r.receiverWalletId,
    amount: r.amount.toString(),
    currency: r.currency,
    reference: r.reference,
    description: r.description,
    metadata: r.metadata,
    initiatedAtMs,
  };
}

export function atomicPayment(r: TransferRequest): AtomicPayment {
  return {
    senderWalletId: r.senderWalletId as string,
    receiverWalletId: r.receiverWalletId as string,
    amount: r.amount.toString(),
    currency: r.currency,
    reference: r.reference,
    description: r.description,
    metadata: r.metadata,
  };
}
