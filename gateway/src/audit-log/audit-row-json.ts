import { currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { formatDecimal, formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { AuditRow } from './list-audit-rows.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a row says, whoever wrote it. */
interface Act {
  before: Fields | null;
  after: Fields | null;
  reason: string | null;
  traceId: string | null;
}

/** @param knowsPeople the reader may read users, and so what the log says of them beside their ids and roles */
export function auditRowJson(row: AuditRow, knowsPeople: boolean): string {
  const act = actOf(row);
  const shown = (fields: Fields | null) => (knowsPeople || !isOfPeople(row.action) ? fields : withoutPerson(fields));
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

function isOfPeople(action: string): boolean {
  return action.startsWith('USER_') || action.startsWith('SESSION_');
}

function withoutPerson(fields: Fields | null): Fields | null {
  if (fields === null) return null;
  const { email: _, name: _name, ...rest } = fields;
  return rest;
}

function fieldsOrNull(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
