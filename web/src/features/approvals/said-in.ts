import { groupedAmount } from '../../figures/money.js';

type Said = Readonly<Record<string, unknown>>;

export interface SaidFact {
  readonly name: string;
  readonly text: string;
  /** Whose id it is, where there is a page of it. */
  readonly page: '/wallets/$id' | '/transactions/$id' | '/holds/$id' | null;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What an approval's payload or state says, name by name. What is null was not said. */
export function saidIn(of: Said): SaidFact[] {
  return Object.entries(of)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return { name: nameWords(name), text, page: uuid.test(text) ? pageOf(name) : null };
    });
}

/** The money that it is about, grouped; empty where it is about none, or about more than one sum. */
export function amountIn({ amount, currency }: Said): string {
  if (typeof amount !== 'string') return '';
  return typeof currency === 'string' ? `${groupedAmount(amount)} ${currency}` : groupedAmount(amount);
}

function pageOf(name: string): SaidFact['page'] {
  if (/walletId$/i.test(name)) return '/wallets/$id';
  if (/transactionId$/i.test(name)) return '/transactions/$id';
  return /holdId$/i.test(name) ? '/holds/$id' : null;
}

/** `senderWalletId` is `Sender wallet id`. */
function nameWords(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
