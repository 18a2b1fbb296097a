import { requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { PaymentTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { expect, it } from 'vitest';
import { readPayment, transferCommand } from './transfer-request.js';

const [a, b] = ['01a204c4-5be4-733a-8403-d060098f0282', '01a204c4-5be4-733a-8403-d060098f0283'];
const asked = { senderWalletId: a, receiverWalletId: b, amount: '12.5', currency: 'EUR' };

it('a command carries every term of what its caller asked for, and names what was not said only by its absence', () => {
  const bare = readPayment(asked, false) as PaymentTerms;
  expect(transferCommand({ subject: 'dev', scope: null }, 'k', bare, 7)).toEqual({
    ...{ type: 'TRANSFER', kind: 'PAYMENT', senderWalletId: a, receiverWalletId: b, amount: '125000', currency: 'EUR' },
    ...{ reference: null, description: null, metadata: null, caller: 'dev', idempotencyKey: 'k', initiatedAtMs: 7 },
    ...{ keyDigest: expect.stringMatching(/^[0-9a-f]{32}$/), requestHash: requestHash(bare) },
  });
  const effectiveAt = new Date(Date.now() - 86_400_000).toISOString();
  const said = { reference: 'r', description: 'd', metadata: { x: 1 }, effectiveAt };
  const terms = { ...(readPayment({ ...asked, ...said }, false) as PaymentTerms), parentTransactionId: a };
  const command = transferCommand({ subject: 'dev', scope: null }, 'k', terms, 7);
  expect(command).toMatchObject({ reference: 'r', description: 'd', metadata: '{"x":1}', parentTransactionId: a });
  expect(command.effectiveAtMs).toBe(Date.parse(effectiveAt));
  expect(command).toMatchObject(terms);
  expect(requestHash(command)).toBe(requestHash(terms));
});
