import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { csvLine } from '../http/csv.js';
import { transactionRowJson } from '../transactions/transaction-json.js';
import type { TransactionRow } from '../transactions/transaction-row.js';

export interface ExportFormat {
  contentType: string;
  header: string;
  line(row: TransactionRow): string;
}

export const exportFormats = {
  csv: {
    contentType: 'text/csv; charset=utf-8',
    header: csvLine([
      ...['transactionId', 'kind', 'status', 'senderWalletId', 'receiverWalletId', 'amount', 'currency', 'failureCode'],
      ...['failureReason', 'reference', 'description', 'metadata', 'parentTransactionId', 'partition', 'batchSeq'],
      ...['initiatedAt', 'processingAt', 'createdAt', 'effectiveAt', 'released'],
    ]),
    line: csvOf,
  },
  ndjson: { contentType: 'application/x-ndjson', header: '', line: (row) => `${transactionRowJson(row)}\n` },
} as const satisfies Record<string, ExportFormat>;

function csvOf(row: TransactionRow): string {
  return csvLine([
    row.transaction_id,
    row.kind,
    row.status,
    row.sender_wallet_id,
    row.receiver_wallet_id,
    formatMoney(parseDecimal(row.amount), row.currency),
    row.currency,
    row.failure_code,
    { text: row.failure_reason },
    { text: row.reference },
    { text: row.description },
    { text: row.metadata === null ? null : canonicalJson(row.metadata) },
    row.parent_transaction_id,
    row.partition,
    row.batch_seq,
    row.initiated_at.toISOString(),
    row.processing_at.toISOString(),
    row.created_at.toISOString(),
    row.effective_at?.toISOString() ?? null,
    row.released === null ? null : formatMoney(parseDecimal(row.released), row.currency),
  ]);
}
