import { walletKinds, walletStatuses } from '@smart-wallet/engine/contract/wallet.js';
import { z } from 'zod';
import {
  countAnswer,
  currencyAnswer,
  idAnswer,
  metadataAnswer,
  moneyAnswer,
  named,
  pageAnswer,
  timeAnswer,
} from '../http/answer-schema.js';

const balances = {
  balance: moneyAnswer,
  held: moneyAnswer,
  available: moneyAnswer.meta({ description: '`balance` less `held`.' }),
};

export const walletAnswer = named(
  'Wallet',
  z.object({
    walletId: idAnswer,
    userId: idAnswer.nullable(),
    kind: z.enum(walletKinds),
    currency: currencyAnswer,
    status: z.enum(walletStatuses),
    scope: z
      .string()
      .nullable()
      .meta({ description: 'The services whose wallet it is, from its making on; null: none\u2019s in particular.' }),
    ...balances,
    version: countAnswer.meta({ description: 'Grows with each change.' }),
    metadata: metadataAnswer,
    createdAt: timeAnswer,
    updatedAt: timeAnswer,
  }),
);

export const walletListAnswer = named('WalletList', pageAnswer(walletAnswer));

const ofThePresent = 'Null in the past: only entries are kept.';

export const balanceAnswer = named(
  'Balance',
  z.object({
    walletId: idAnswer,
    currency: currencyAnswer,
    balance: moneyAnswer,
    held: balances.held.nullable().meta({ description: ofThePresent }),
    available: balances.available.nullable().meta({ description: `\`balance\` less \`held\`. ${ofThePresent}` }),
    version: countAnswer.nullable().meta({ description: ofThePresent }),
    asOf: timeAnswer,
  }),
);
