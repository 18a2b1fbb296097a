import { hash } from 'node:crypto';
import { canonicalJson, type Digest } from '@smart-wallet/engine/contract/digest.js';
import { reasonCharsMax } from '@smart-wallet/engine/contract/limits.js';
import { walletChangeHash } from '@smart-wallet/engine/contract/request-hash.js';
import { walletKinds, walletStatuses } from '@smart-wallet/engine/contract/wallet.js';
import { z } from 'zod';
import { currencyField, metadataField, readMetadata, scopeField, uuidField } from '../http/fields.js';
import { instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { badTexts } from '../http/text-check.js';
import { validated } from '../http/validate.js';
import type { Scope } from '../storage/whose.js';

export const newWalletSchema = z.strictObject({
  walletId: uuidField
    .optional()
    .meta({ description: 'A UUID. The caller\u2019s own makes the call safe to repeat; without one, a new one.' }),
  userId: uuidField.nullish(),
  currency: currencyField,
  status: z.enum(['CREATED', 'ACTIVE']).default('CREATED'),
  scope: scopeField.nullish().meta({
    description:
      'The services whose wallet it is: those with a token of this scope. It never changes. A token with a scope gives it to its wallets, and may name no other one.',
  }),
  metadata: metadataField,
});

export const walletChangeSchema = z.strictObject({
  userId: uuidField.nullish().meta({ description: 'Null: nobody\u2019s. Without it, it stays.' }),
  metadata: metadataField.meta({ description: 'Replaces it; null: none. Without it, it stays.' }),
});

export const statusChangeSchema = z.strictObject({
  status: z.enum(walletStatuses),
  reason: z.string().max(reasonCharsMax).nullish(),
});

export const walletFilters = z.strictObject({
  ...pageFields,
  userId: uuidField.optional(),
  currency: currencyField.optional(),
  status: z.enum(walletStatuses).optional(),
  kind: z.enum(walletKinds).default('USER'),
});
export type WalletFilters = z.infer<typeof walletFilters>;

export const balanceFilters = z.strictObject({
  at: instantField.optional().meta({
    description: `The balance after all entries with a \`createdAt\` up to it: ${instantForms}. Without it, the present.`,
  }),
  consistency: z
    .enum(['cached'])
    .optional()
    .meta({
      description:
        'What was acknowledged is in the answer. With `cached`, what was committed since `asOf` may be missing: mostly the last tenth of ' +
        'a second, never more than the last minute. It costs the database less. Without effect on a balance of the past.',
    }),
});

export interface NewWallet {
  walletId: string | undefined;
  userId: string | null;
  currency: string;
  status: 'CREATED' | 'ACTIVE';
  scope: string | null;
  metadata: string | null;
  /** Tells the same request again from another one. */
  requestHash: string;
}

/** Of a caller that is bound to a scope (null: not bound). Throws VALIDATION_FAILED, and FORBIDDEN for another's scope. */
export function readNewWallet(body: unknown, hasEscapes: boolean, bound: Scope): NewWallet {
  refuseBadTexts(body, hasEscapes);
  const { metadata: rawMetadata, ...fields } = validated(newWalletSchema, body);
  const { walletId, userId = null, currency, status } = fields;
  const metadata = readMetadata(rawMetadata);
  if (metadata !== null && typeof metadata === 'object') throw new ProblemError(validationFailed([metadata]));
  const scope = fields.scope ?? bound;
  if (bound !== null && scope !== bound) throw otherScope();
  // A field that came later enters only when it is there, so that older requests keep their hash.
  const hashed = [userId, currency, status, metadata, ...(scope === null ? [] : [['scope', scope]])];
  const requestHash = hash('sha256', canonicalJson(hashed), 'hex').slice(0, 32);
  return { walletId, userId, currency, status, scope, metadata, requestHash };
}

/** What is undefined stays as it is. */
export interface WalletChange {
  walletId: string;
  userId: string | null | undefined;
  metadata: string | null | undefined;
  requestHash: Digest;
}

/** Throws VALIDATION_FAILED. */
export function readWalletChange(walletId: string, body: unknown, hasEscapes: boolean): WalletChange {
  refuseBadTexts(body, hasEscapes);
  const { userId, metadata: raw } = validated(walletChangeSchema, body);
  const metadata = raw === undefined ? undefined : readMetadata(raw);
  if (metadata !== null && typeof metadata === 'object') throw new ProblemError(validationFailed([metadata]));
  const change = { walletId, userId, metadata };
  return { ...change, requestHash: walletChangeHash(change) };
}

function otherScope(): ProblemError {
  return new ProblemError(
    { code: 'FORBIDDEN', detail: 'The token\u2019s wallets have its own scope: name that one, or none.' },
    { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  );
}

export function readStatusChange(body: unknown, hasEscapes: boolean): z.infer<typeof statusChangeSchema> {
  refuseBadTexts(body, hasEscapes);
  return validated(statusChangeSchema, body);
}

function refuseBadTexts(body: unknown, hasEscapes: boolean): void {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) throw new ProblemError(validationFailed(bad));
}
