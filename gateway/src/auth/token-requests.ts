import { hash } from 'node:crypto';
import { z } from 'zod';
import { scopeField } from '../http/fields.js';
import { pageFields } from '../http/page.js';
import { type MintableRole, mintableRoles } from './api-tokens.js';

const daySeconds = 86_400;
export const ttlSecondsDefault = 30 * daySeconds;
export const displayTtlSecondsMax = 90 * daySeconds;
export const ttlSecondsMax = 365 * daySeconds;

const ttlMessage = `RANGE: must be a whole number from 1 to ${ttlSecondsMax}`;

export const tokenSchema = z
  .strictObject({
    role: z.enum(mintableRoles),
    caller: z
      .string()
      .regex(/^[\w.@-]{1,100}$/, 'FORMAT: must be 1 to 100 letters, digits and _ . @ -')
      .optional()
      .meta({
        description:
          'The stable name of who uses it: it scopes idempotency keys and stands in the audit log, and stays the same when the token is replaced. Without it, the role\u2019s name; of a token with a scope, a name of the scope\u2019s own. Of a display token it is told in the list and does nothing else.',
        example: 'shop',
      }),
    scope: scopeField.optional().meta({
      description:
        'Binds a service to the wallets of this scope: it sees and moves no others. Of a `service` token only.',
    }),
    ttlSeconds: z
      .int(ttlMessage)
      .min(1, ttlMessage)
      .max(ttlSecondsMax, ttlMessage)
      .default(ttlSecondsDefault)
      .meta({ description: `How long the token is good for; of a display token at most ${displayTtlSecondsMax}.` }),
  })
  .superRefine(({ role, scope }, issues) => {
    if (scope === undefined || role === 'service') return;
    const message = 'ROLE: must be left out: a service token alone has a scope';
    issues.addIssue({ code: 'custom', path: ['scope'], message });
  })
  .superRefine(({ role, ttlSeconds }, issues) => {
    if (role !== 'display' || ttlSeconds <= displayTtlSecondsMax) return;
    const message = `RANGE: must be a whole number from 1 to ${displayTtlSecondsMax} for a display token`;
    issues.addIssue({ code: 'custom', path: ['ttlSeconds'], message });
  });

export const tokenStates = ['GOOD', 'EXPIRED', 'REVOKED'] as const;
export const tokenFilters = z.strictObject({
  ...pageFields,
  role: z.enum(mintableRoles).optional(),
  state: z.enum(tokenStates).optional(),
});
export type TokenFilters = z.infer<typeof tokenFilters>;

/** They move money: minting one is an act of its own. */
export const movingRoles: readonly MintableRole[] = ['service', 'operator'];

const callerOfScope = /^[\w.@-]{1,92}$/;

/**
 * Whose keys those of a token without a caller's name are: of all such tokens of its role, but those of different scopes are not each
 * other's, which would tell them of each other by the keys that are taken.
 */
export function callerWithoutName(role: MintableRole, scope: string | undefined): string {
  if (scope === undefined) return role;
  return `${role}@${callerOfScope.test(scope) ? scope : hash('sha256', scope, 'hex').slice(0, 32)}`;
}
