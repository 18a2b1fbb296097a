import type { Transaction } from '@smart-wallet/client';
import { actPatience } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { shortId } from '../../figures/format.js';
import { groupedAmount } from '../../figures/money.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { AmountField, ReasonField } from '../../ui/console/fields.js';
import { Money } from '../../ui/console/money.js';
import { isNothing, useLeftToPayBack } from './left-to-pay-back.js';

const refundable = ['PAYMENT', 'CAPTURE'];
const reversible = ['PAYMENT', 'DEPOSIT', 'WITHDRAWAL', 'CAPTURE'];

/** What may be done about it, by whoever may. What is offered is done or refused by the platform's rules. */
export function TransactionActs({ transaction }: { transaction: Transaction }) {
  const { user } = useSigned();
  const isOffered = mayAct(user) && [...refundable, ...reversible].includes(transaction.kind);
  return isOffered ? <PayBack transaction={transaction} /> : null;
}

function PayBack({ transaction }: { transaction: Transaction }) {
  // Until it is known all of it may be left: the platform refuses what is not.
  const left = useLeftToPayBack(transaction) ?? transaction.amount;
  if (isNothing(left)) return <p className="muted">All of it went back.</p>;
  return (
    <div className="acts">
      {refundable.includes(transaction.kind) && <Refund {...{ transaction, left }} />}
      {reversible.includes(transaction.kind) && <Reverse {...{ transaction, left }} />}
    </div>
  );
}

interface PayBackProps {
  readonly transaction: Transaction;
  readonly left: string;
}

function Refund({
  transaction: { transactionId, amount, currency, senderWalletId, receiverWalletId },
  left,
}: PayBackProps) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Refund"
      title="Refund a payment"
      words={
        <p>
          Wallet <Wallet id={receiverWalletId} /> pays back to wallet <Wallet id={senderWalletId} />, up to{' '}
          <Money amount={left} currency={currency} />, which is left of <Money {...{ amount, currency }} />.
        </p>
      }
      fields={
        <>
          <AmountField label="Amount" currency={currency} value={left} />
          <ReasonField name="reason" isRequired={false} />
        </>
      }
      press={(typed) => `Refund ${amountWords(typed.amount ?? left, currency)}`}
      isKeyed
      ask={({ typed, key }) =>
        platform.refund(
          transactionId,
          { amount: typed.amount ?? left, ...(typed.reason && { reason: typed.reason }) },
          { key, ...actPatience },
        )
      }
      done={(refund) => (
        <>
          <Money amount={refund.amount} currency={refund.currency} /> went back.
        </>
      )}
    />
  );
}

function Reverse({
  transaction: { transactionId, kind, amount, currency, senderWalletId, receiverWalletId },
  left,
}: PayBackProps) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Reverse"
      title={`Reverse this ${kind.toLowerCase()}`}
      words={
        <p>
          <Money amount={left} currency={currency} />, all that is left of <Money {...{ amount, currency }} />, goes
          back from wallet <Wallet id={receiverWalletId} /> to wallet <Wallet id={senderWalletId} />, also where one of
          them is suspended. From the approval threshold on, somebody else must approve.
        </p>
      }
      fields={<ReasonField />}
      press={() => `Reverse ${amountWords(left, currency)}`}
      isKeyed
      ask={({ typed, key }) => platform.reverse(transactionId, { reason: typed.reason ?? '' }, { key, ...actPatience })}
      done={(reversal) => (
        <>
          <Money amount={reversal.amount} currency={reversal.currency} /> went back.
        </>
      )}
    />
  );
}

function Wallet({ id }: { id: string }) {
  return (
    <span className="mono" title={id}>
      {shortId(id)}
    </span>
  );
}

function amountWords(amount: string, currency: string): string {
  return `${groupedAmount(amount) || amount} ${currency}`;
}
