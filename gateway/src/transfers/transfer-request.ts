import type { TransferCommand, TransferKind } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { parseAmount } from '@smart-wallet/engine/contract/money.js';
import { requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { PaymentTerms, TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { z } from 'zod';
import type { Bearer } from '../http/bearer.js';
import {
  amountField,
  amountMessage,
  currencyField,
  descriptionField,
  metadataField,
  readMetadata,
  referenceField,
  uuidField,
} from '../http/fields.js';
import { instantField, instantForms } from '../http/instant-field.js';
import type { FieldError } from '../http/problem.js';
import { badTexts } from '../http/text-check.js';
import { fieldErrors } from '../http/validate.js';

/** What every transfer, and a hold, says besides its wallets. */
export const termFields = {
  amount: amountField,
  currency: currencyField,
  reference: referenceField,
  description: descriptionField,
  metadata: metadataField,
};
const tenYearsMs = 10 * 366 * 86_400_000;

const effectiveAtField = instantField
  .refine((at) => Math.abs(Date.parse(at) - Date.now()) <= tenYearsMs, 'RANGE: must be within ten years')
  .nullish()
  .meta({
    description: `When it took place in your world: information, nothing is ordered by it. It is ${instantForms}.`,
  });

export const paymentSchema = z.strictObject({
  ...{ senderWalletId: uuidField, receiverWalletId: uuidField },
  ...termFields,
  effectiveAt: effectiveAtField,
});
/** A deposit or a withdrawal; the wallet is in the path. */
export const walletTransferSchema = z.strictObject(termFields);

export function readPayment(body: unknown, hasEscapes: boolean): PaymentTerms | FieldError[] {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) return bad;
  const parsed = paymentSchema.safeParse(body);
  if (!parsed.success) return fieldErrors(parsed.error, body);
  const { senderWalletId, receiverWalletId, effectiveAt } = parsed.data;
  const common = readTerms(parsed.data);
  const terms: PaymentTerms | FieldError[] = Array.isArray(common)
    ? common
    : {
        kind: 'PAYMENT',
        senderWalletId,
        receiverWalletId,
        amount: common.amount,
        currency: common.currency,
        reference: common.reference,
        description: common.description,
        metadata: common.metadata,
      };
  if (effectiveAt && !Array.isArray(terms)) terms.effectiveAtMs = Date.parse(effectiveAt);
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
  const common = readTerms(parsed.data);
  if (Array.isArray(common)) return common;
  return kind === 'DEPOSIT'
    ? { kind, senderWalletId: null, receiverWalletId: walletId, ...common }
    : { kind, senderWalletId: walletId, receiverWalletId: null, ...common };
}

/** As terms, or what is wrong with them. */
export function readTerms(
  fields: z.infer<typeof walletTransferSchema>,
): Omit<TransferTerms, 'kind' | 'senderWalletId' | 'receiverWalletId'> | FieldError[] {
  const amount = parseAmount(fields.amount, fields.currency);
  const metadata = readMetadata(fields.metadata);
  const errors: FieldError[] = [];
  if (typeof amount === 'string')
    errors.push({ field: 'amount', rule: amount, message: amountMessage(amount, fields.currency) });
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
  { subject: caller, scope }: Pick<Bearer, 'subject' | 'scope'>,
  idempotencyKey: string,
  terms: TransferTerms<TransferKind>,
  initiatedAtMs: number,
): TransferCommand {
  // Spelled out: object spread takes longer than all else of a payment but its digests.
  const command: TransferCommand = {
    type: 'TRANSFER',
    kind: terms.kind,
    senderWalletId: terms.senderWalletId,
    receiverWalletId: terms.receiverWalletId,
    amount: terms.amount,
    currency: terms.currency,
    reference: terms.reference,
    description: terms.description,
    metadata: terms.metadata,
    caller,
    idempotencyKey,
    keyDigest: keyDigest(caller, idempotencyKey),
    requestHash: requestHash(terms),
    initiatedAtMs,
  };
  if (terms.parentTransactionId !== undefined) command.parentTransactionId = terms.parentTransactionId;
  if (scope !== null) command.scope = scope;
  if (terms.effectiveAtMs !== undefined) command.effectiveAtMs = terms.effectiveAtMs;
  return command;
}
