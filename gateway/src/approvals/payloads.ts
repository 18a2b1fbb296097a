import type { LimitTerms } from '@smart-wallet/engine/contract/commands.js';
import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { isoTime } from '../iso-time.js';

/* What is shown, in the words of the request that asked for it: read again with the same rules when it is done. */

export function termsPayload(terms: TransferTerms) {
  return {
    ...{ amount: money(terms.amount, terms.currency), currency: terms.currency, reference: terms.reference },
    ...{ description: terms.description, metadata: terms.metadata === null ? null : JSON.parse(terms.metadata) },
  };
}

export function paymentPayload(terms: TransferTerms) {
  return {
    ...{ senderWalletId: terms.senderWalletId, receiverWalletId: terms.receiverWalletId },
    ...termsPayload(terms),
    ...(terms.effectiveAtMs === undefined ? {} : { effectiveAt: isoTime(terms.effectiveAtMs) }),
  };
}

export function limitsPayload(limits: LimitTerms, currency: string) {
  return {
    creditLimit: money(limits.creditLimit, currency),
    perPayment: moneyOrNull(limits.perPayment, currency),
    dailyOut: moneyOrNull(limits.dailyOut, currency),
    dailyIn: moneyOrNull(limits.dailyIn, currency),
  };
}

export function money(digits: string, currency: string): string {
  return formatMoney(BigInt(digits), currency);
}

function moneyOrNull(digits: string | null, currency: string): string | null {
  return digits === null ? null : money(digits, currency);
}
