import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { z } from 'zod';
import { named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { type ApprovalRow, approvalStatuses } from './approval-row.js';
import { approvalActions } from './proposal.js';

const anything = z.record(z.string(), z.unknown());

export const approvalAnswer = named(
  'Approval',
  z.object({
    approvalId: z.guid(),
    action: z.enum(approvalActions),
    subject: z
      .string()
      .meta({ description: 'What it is about: a wallet, a transaction, a hold, a user, the subject of a token.' }),
    payload: anything.meta({
      description: 'What will be done, and nothing else. Passwords never; e-mail and name of a user to admins alone.',
    }),
    state: anything.meta({
      description: 'What it was judged by. It is done only if that is the same then; else it is STALE.',
    }),
    payloadHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256 over the canonical JSON of `[action, subject, payload, state]`.' }),
    reason: z.string().nullable(),
    requestedBy: z.string().meta({ description: 'The subject of who asked.' }),
    requestedAt: timeAnswer,
    expiresAt: timeAnswer,
    status: z.enum(approvalStatuses),
    decidedBy: z.string().nullable(),
    decidedAt: timeAnswer.nullable(),
    note: z.string().nullable(),
    result: z
      .object({
        transactionIds: z
          .array(z.guid())
          .optional()
          .meta({ description: 'What it made, also where that was refused.' }),
        userId: z.guid().optional().meta({ description: 'The user who was made or changed.' }),
        tokenId: z.guid().optional().meta({ description: 'What was minted: who asked is given it under the key.' }),
        code: z.string().optional().meta({ description: 'Why nothing was done.' }),
        detail: z.string().optional(),
      })
      .nullable()
      .meta({ description: 'Null: it is not done, or nobody knows yet.' }),
  }),
);

export const approvalListAnswer = named('ApprovalList', pageAnswer(approvalAnswer));

/** @param knowsPeople the reader may read users, and so what is said of one beside role and id */
export function approvalJson(row: ApprovalRow, knowsPeople: boolean): string {
  const sorted = (value: unknown) => JSON.parse(canonicalJson(value));
  const { email: _, name: _name, ...others } = row.payload;
  const payload = knowsPeople || row.action !== 'USER_CREATE' ? row.payload : others;
  return JSON.stringify({
    ...{ approvalId: row.approval_id, action: row.action, subject: row.subject, payload: sorted(payload) },
    ...{ state: sorted(row.state), payloadHash: row.payload_hash, reason: row.reason, requestedBy: row.requested_by },
    ...{ requestedAt: row.requested_at.toISOString(), expiresAt: row.expires_at.toISOString(), status: row.status },
    ...{ decidedBy: row.decided_by, decidedAt: row.decided_at?.toISOString() ?? null, note: row.note },
    result: row.result,
  });
}
