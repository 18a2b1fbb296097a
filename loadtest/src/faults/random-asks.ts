import type { Ask } from './patient-caller.js';

export type AskKind = 'PAYMENT' | 'HOLD' | 'CAPTURE' | 'VOID' | 'REFUND' | 'REVERSAL' | 'LIMITS';

export interface RandomAsk extends Ask {
  readonly kind: AskKind;
  /** The wallet, hold or payment that it is about. */
  readonly subject: string;
}

/** The refusals that each kind may honestly be answered with. */
export const honestRefusals: Readonly<Record<AskKind, readonly string[]>> = {
  PAYMENT: ['INSUFFICIENT_FUNDS', 'PAYMENT_LIMIT_EXCEEDED', 'DAILY_OUT_LIMIT_EXCEEDED', 'DAILY_IN_LIMIT_EXCEEDED'],
  HOLD: ['INSUFFICIENT_FUNDS', 'PAYMENT_LIMIT_EXCEEDED', 'DAILY_OUT_LIMIT_EXCEEDED'],
  CAPTURE: ['HOLD_NOT_OPEN', 'HOLD_EXPIRED', 'CAPTURE_EXCEEDS_HOLD', 'TOO_MANY_CAPTURES', 'DAILY_IN_LIMIT_EXCEEDED'],
  VOID: ['HOLD_NOT_OPEN', 'HOLD_EXPIRED'],
  REFUND: ['REFUND_EXCEEDS_REMAINING', 'TOO_MANY_REFUNDS', 'INSUFFICIENT_FUNDS'],
  REVERSAL: ['NOTHING_LEFT_TO_REVERSE', 'INSUFFICIENT_FUNDS'],
  LIMITS: ['CREDIT_LIMIT_IN_USE'],
};

/** How many asks in a hundred are of each kind; the rest are payments. */
const shares: readonly [AskKind, number][] = [
  ['HOLD', 16],
  ['CAPTURE', 12],
  ['VOID', 4],
  ['REFUND', 6],
  ['REVERSAL', 2],
  ['LIMITS', 2],
];
/** Holds and payments that are remembered, to be asked about. */
const rememberedMax = 300;
const currency = 'EUR';

/** What callers at random want: payments between a few wallets, and whatever is asked about those and about holds afterwards. */
export class RandomAsks {
  readonly #holds: string[] = [];
  readonly #paid: string[] = [];

  constructor(
    private readonly walletIds: readonly string[],
    private readonly random: () => number,
  ) {}

  next(): RandomAsk {
    const kind = this.#kind();
    switch (kind) {
      case 'HOLD':
        return this.#hold();
      case 'CAPTURE':
        return this.#aboutHold((holdId) => this.#capture(holdId));
      case 'VOID':
        return this.#aboutHold((holdId) => ask(kind, holdId, `/api/holds/${holdId}/void`, {}));
      case 'REFUND':
        return this.#aboutPayment((id) =>
          ask(kind, id, `/api/payments/${id}/refunds`, this.#half({ amount: this.#amount(20) })),
        );
      case 'REVERSAL':
        return this.#aboutPayment((id) => ask(kind, id, `/api/transactions/${id}/reversal`, { reason: 'at random' }));
      case 'LIMITS':
        return this.#limits();
      default:
        return this.#payment();
    }
  }

  /** It was made: others may ask about it. */
  made(kind: AskKind, id: string): void {
    if (kind === 'HOLD') this.#remember(this.#holds, id);
    if (kind === 'PAYMENT' || kind === 'CAPTURE') this.#remember(this.#paid, id);
  }

  #kind(): AskKind {
    let place = this.random() * 100;
    for (const [kind, share] of shares) {
      place -= share;
      if (place < 0) return kind;
    }
    return 'PAYMENT';
  }

  #payment(): RandomAsk {
    const [senderWalletId, receiverWalletId] = this.#twoWallets();
    const body = { senderWalletId, receiverWalletId, amount: this.#amount(40), currency };
    return ask('PAYMENT', senderWalletId, '/api/payments', body);
  }

  /** A third expires while the traffic goes on. */
  #hold(): RandomAsk {
    const [walletId, receiverWalletId] = this.#twoWallets();
    const livesMs = this.random() < 1 / 3 ? 500 + this.random() * 3_000 : 30_000 + this.random() * 30_000;
    const expiresAt = new Date(Date.now() + livesMs).toISOString();
    return ask('HOLD', walletId, '/api/holds', {
      walletId,
      receiverWalletId,
      amount: this.#amount(40),
      currency,
      expiresAt,
    });
  }

  #capture(holdId: string): RandomAsk {
    const body = { ...this.#half({ amount: this.#amount(20) }), ...this.#half({ final: true }) };
    return ask('CAPTURE', holdId, `/api/holds/${holdId}/capture`, body);
  }

  /** Mostly wide or none, sometimes in the way of what follows. */
  #limits(): RandomAsk {
    const walletId = this.#oneOf(this.walletIds);
    const body = {
      ...this.#half({ creditLimit: `${Math.floor(this.random() * 300)}.00` }),
      ...(this.random() < 0.2 && { perPayment: `${10 + Math.floor(this.random() * 50)}.00` }),
      ...(this.random() < 0.2 && { dailyOut: `${1_000 + Math.floor(this.random() * 50_000)}.00` }),
      ...(this.random() < 0.2 && { dailyIn: `${1_000 + Math.floor(this.random() * 50_000)}.00` }),
    };
    return { ...ask('LIMITS', walletId, `/api/wallets/${walletId}/limits`, body), method: 'PUT' };
  }

  #aboutHold(of: (holdId: string) => RandomAsk): RandomAsk {
    return this.#holds.length === 0 ? this.#hold() : of(this.#oneOf(this.#holds));
  }

  #aboutPayment(of: (id: string) => RandomAsk): RandomAsk {
    return this.#paid.length === 0 ? this.#payment() : of(this.#oneOf(this.#paid));
  }

  #remember(ids: string[], id: string): void {
    if (ids.length < rememberedMax) ids.push(id);
    else ids[Math.floor(this.random() * rememberedMax)] = id;
  }

  #half<Fields extends object>(fields: Fields): Partial<Fields> {
    return this.random() < 0.5 ? fields : {};
  }

  #amount(max: number): string {
    return `${1 + Math.floor(this.random() * max)}.${String(Math.floor(this.random() * 100)).padStart(2, '0')}`;
  }

  #oneOf<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)] as T;
  }

  #twoWallets(): [string, string] {
    const from = Math.floor(this.random() * this.walletIds.length);
    const step = 1 + Math.floor(this.random() * (this.walletIds.length - 1));
    return [this.walletIds[from] as string, this.walletIds[(from + step) % this.walletIds.length] as string];
  }
}

function ask(kind: AskKind, subject: string, path: string, body: object): RandomAsk {
  return { kind, subject, method: 'POST', path, body };
}
