import { hash } from 'node:crypto';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { reasonCharsMax } from '@smart-wallet/engine/contract/limits.js';
import { walletKinds, walletStatuses } from '@smart-wallet/engine/contract/wallet.js';
import { z } from 'zod';
import { currencyField, metadataField, readMetadata, uuidField } from '../http/fields.js';
import { instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { badTexts } from '../http/text-check.js';
import { validated } from '../http/validate.js';

export const newWalletSchema = z.strictObject({
  walletId: uuidField
    .optional()
    .meta({ description: 'A UUID. The caller\u2019s own makes the call safe to repeat; without one, a new one.' }),
  userId: uuidField.nullish(),
  currency: currencyField,
  status: z.enum(['CREATED', 'ACTIVE']).default('CREATED'),
  metadata: metadataField,
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
  metadata: string | null;
  /** Tells the same request again from another one. */
  requestHash: string;
}

export function readNewWallet(body: unknown, hasEscapes: boolean): NewWallet {
  refuseBadTexts(body, hasEscapes);
  const { walletId, userId = null, currency, status, metadata: rawMetadata } = validated(newWalletSchema, body);
  const metadata = readMetadata(rawMetadata);
  if (metadata !== null && typeof metadata === 'object') throw new ProblemError(validationFailed([metadata]));
  const text = canonicalJson([userId, currency, status, metadata]);
  return { walletId, userId, currency, status, metadata, requestHash: hash('sha256', text, 'hex').slice(0, 32) };
}

export function readStatusChange(body: unknown, hasEscapes: boolean): z.infer<typeof statusChangeSchema> {
  refuseBadTexts(body, hasEscapes);
  return validated(statusChangeSchema, body);
}

function refuseBadTexts(body: unknown, hasEscapes: boolean): void {
  const bad = hasEscapes ? badTexts(body) : [];
  if (bad.length > 0) throw new ProblemError(validationFailed(bad));
}
