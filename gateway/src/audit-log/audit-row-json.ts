import { currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { formatDecimal, formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Role } from '@smart-wallet/engine/contract/role.js';
import { admins, operators } from '../http/access.js';
import type { AuditRow } from './list-audit-rows.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a row says, whoever wrote it. */
interface Act {
  before: Fields | null;
  after: Fields | null;
  reason: string | null;
  traceId: string | null;
}

/** Who reads: as elsewhere, users are for admins to read, and who gets digests and alerts is for operators too. */
export type AuditReader = 'VIEWER' | 'OPERATOR' | 'ADMIN';

export function auditReader(roles: readonly Role[]): AuditReader {
  if (roles.some((role) => admins.includes(role))) return 'ADMIN';
  return roles.some((role) => operators.includes(role)) ? 'OPERATOR' : 'VIEWER';
}

/** In these `name` is a wallet's or a view's, or stands in a payment's metadata: whoever reads the log may read it there, too. */
const actionsOfNobody = ['WALLET_CHANGED', 'VIEW_SHARED', 'VIEW_UNSHARED', 'APPROVAL_SKIPPED'];
const actionsOfRecipients = ['DIGEST_RECIPIENTS_CHANGED', 'DIGEST_REQUESTED', 'ALERT_CONFIGURED'];
/** Left out of all other actions, those that are not known here too, wherever they stand. */
const fieldsOfPeople = ['email', 'name', 'recipients'];

export function auditRowJson(row: AuditRow, reader: AuditReader): string {
  const act = actOf(row);
  const shown = (fields: Fields | null) => (showsPeople(row.action, reader) ? fields : withoutPeople(fields));
  return JSON.stringify({
    auditId: row.audit_id,
    at: row.at.toISOString(),
    actor: row.caller,
    action: row.action,
    subject: row.subject,
    before: shown(act.before),
    after: shown(act.after),
    reason: act.reason,
    traceId: act.traceId,
  });
}

/**
 * One shape of all. `detail` is {before, after, reason, traceId}. What engines write has {from, to, refused} instead: a status, or limits
 * in ten-thousandths; and the oldest rows about tokens have their fields side by side, which is what was made.
 */
function actOf({ detail, currency, action }: AuditRow): Act {
  const { before, after, reason, traceId, from, to, refused, ...made } = detail;
  const said = { reason: textOrNull(reason), traceId: textOrNull(traceId) };
  if (from !== undefined) {
    const isRefused = refused !== undefined && refused !== null;
    const result = stateOf(to, currency);
    return { ...said, before: stateOf(from, currency), after: isRefused ? { ...result, refused } : result };
  }
  const result = fieldsOrNull(after) ?? (Object.keys(made).length > 0 ? made : null);
  return {
    ...said,
    before: fieldsOrNull(before),
    after: action === 'TRANSACTION_REVERSED' ? paidBack(result) : result,
  };
}

function stateOf(state: unknown, currency: string | null): Fields | null {
  if (typeof state === 'string') return { status: state };
  const limits = fieldsOrNull(state);
  if (!limits) return null;
  const money = (digits: unknown) =>
    typeof digits === 'string' && /^\d+$/.test(digits) ? moneyText(BigInt(digits), currency) : null;
  // As the API says it: no credit is null.
  const credit = limits.creditLimit === '0' ? null : money(limits.creditLimit);
  return {
    ...{ creditLimit: credit, perPayment: money(limits.perPayment), dailyOut: money(limits.dailyOut) },
    ...{ dailyIn: money(limits.dailyIn), ...(currency === null ? {} : { currency }) },
  };
}

/** Written down with all decimals that the ledger has. */
function paidBack(after: Fields | null): Fields | null {
  const { amount, currency } = after ?? {};
  if (typeof amount !== 'string' || !/^\d+\.\d{4}$/.test(amount) || typeof currency !== 'string') return after;
  return { ...after, amount: moneyText(parseDecimal(amount), currency) };
}

/** Whatever stands in the log is shown: of a currency that is not known, with all decimals. */
function moneyText(scaled: bigint, currency: string | null): string {
  const isKnown = currency !== null && currencyExponent(currency) !== undefined;
  return isKnown ? formatMoney(scaled, currency) : formatDecimal(scaled);
}

function showsPeople(action: string, reader: AuditReader): boolean {
  if (reader === 'ADMIN' || actionsOfNobody.includes(action)) return true;
  return reader === 'OPERATOR' && actionsOfRecipients.includes(action);
}

function withoutPeople<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutPeople) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([field]) => !fieldsOfPeople.includes(field));
  return Object.fromEntries(kept.map(([field, inner]) => [field, withoutPeople(inner)])) as T;
}

function fieldsOrNull(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
