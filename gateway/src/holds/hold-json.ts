import type { HoldCommand, RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { isoTime } from '../iso-time.js';
import type { HoldRow } from './hold-row.js';

/** As it is now. */
export function holdRowJson(row: HoldRow): string {
  return JSON.stringify(holdFields(row));
}

export function holdWithCapturesJson(row: HoldRow, captures: readonly string[]): string {
  return JSON.stringify({ ...holdFields(row), captures });
}

/** As it was made: the first answer, and the same again whenever it is asked for. */
export function newHoldJson(command: HoldCommand, recorded: RecordedTransaction): string {
  const { currency } = command;
  const amount = formatMoney(BigInt(command.amount), currency);
  const createdAt = isoTime(recorded.createdAtMs);
  return JSON.stringify({
    ...{ holdId: recorded.transactionId, walletId: command.senderWalletId, receiverWalletId: command.receiverWalletId },
    ...{ amount, captured: formatMoney(0n, currency), remaining: amount, currency, status: 'OPEN' },
    expiresAt: isoTime(recorded.expiresAtMs as number),
    ...{ reference: command.reference, description: command.description },
    metadata: command.metadata === null ? null : JSON.parse(command.metadata),
    ...{ createdAt, updatedAt: createdAt },
  });
}

function holdFields(row: HoldRow) {
  const { currency } = row;
  const amount = parseDecimal(row.amount);
  const captured = parseDecimal(row.captured);
  return {
    ...{ holdId: row.hold_id, walletId: row.wallet_id, receiverWalletId: row.receiver_wallet_id },
    amount: formatMoney(amount, currency),
    captured: formatMoney(captured, currency),
    remaining: formatMoney(row.status === 'OPEN' ? amount - captured : 0n, currency),
    ...{ currency, status: row.status, expiresAt: row.expires_at.toISOString() },
    ...{ reference: row.reference, description: row.description },
    metadata: row.metadata === null ? null : JSON.parse(canonicalJson(row.metadata)),
    ...{ createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString() },
  };
}
