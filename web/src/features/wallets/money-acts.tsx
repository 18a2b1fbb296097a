import type { Hold, Transaction, Wallet } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { actPatience } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { shortId } from '../../figures/format.js';
import { groupedAmount } from '../../figures/money.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { AmountField, IdField, ReferenceField } from '../../ui/console/fields.js';
import { Money } from '../../ui/console/money.js';

/** What moves money in or out of a wallet, or sets it apart. */
export function MoneyActs({ wallet }: { wallet: Wallet }) {
  const { user } = useSigned();
  if (!mayAct(user) || wallet.status !== 'ACTIVE' || wallet.kind !== 'USER') return null;
  return (
    <>
      <Pay wallet={wallet} />
      <HoldMoney wallet={wallet} />
      <Deposit wallet={wallet} />
      <Withdraw wallet={wallet} />
    </>
  );
}

function Pay({ wallet: { walletId, currency, available } }: { wallet: Wallet }) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Pay"
      title="Pay from this wallet"
      words={
        <p>
          Moves money from <Short id={walletId} /> to another wallet. <Money amount={available} currency={currency} />{' '}
          is available.
        </p>
      }
      fields={<PaymentFields currency={currency} />}
      press={({ amount = '', receiverWalletId = '' }) =>
        `Pay ${amountWords(amount, currency)}${receiverWalletId && ` to ${shortId(receiverWalletId)}`}`
      }
      isKeyed
      ask={({ typed: { receiverWalletId = '', amount = '', reference }, key }) =>
        platform.pay(
          { senderWalletId: walletId, receiverWalletId, amount, currency, ...(reference && { reference }) },
          { key, ...actPatience },
        )
      }
      done={(payment) => <Made transaction={payment} words="was paid." />}
    />
  );
}

function HoldMoney({ wallet: { walletId, currency, available } }: { wallet: Wallet }) {
  const { platform } = useSigned();
  return (
    <ActButton<Hold>
      label="Hold"
      title="Set money apart"
      words={
        <p>
          Sets money of <Short id={walletId} /> apart for another wallet, until it is captured, voided or expires.{' '}
          <Money amount={available} currency={currency} /> is available.
        </p>
      }
      fields={<PaymentFields currency={currency} />}
      press={({ amount = '' }) => `Hold ${amountWords(amount, currency)}`}
      isKeyed
      ask={({ typed: { receiverWalletId = '', amount = '', reference }, key }) =>
        platform.hold(
          { walletId, receiverWalletId, amount, currency, ...(reference && { reference }) },
          { key, ...actPatience },
        )
      }
      done={({ holdId, amount }) => (
        <>
          <Money amount={amount} currency={currency} /> is set apart.{' '}
          <Link to="/holds/$id" params={{ id: holdId }}>
            See the hold
          </Link>
        </>
      )}
    />
  );
}

function Deposit({ wallet: { walletId, currency } }: { wallet: Wallet }) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Deposit"
      title="Deposit into this wallet"
      words={<p>Money comes in from outside: the funding wallet of {currency} gives it.</p>}
      fields={<InOrOutFields currency={currency} />}
      press={({ amount = '' }) => `Deposit ${amountWords(amount, currency)}`}
      isKeyed
      ask={({ typed: { amount = '', reference }, key }) =>
        platform.deposit(walletId, { amount, currency, ...(reference && { reference }) }, { key, ...actPatience })
      }
      done={(deposit) => <Made transaction={deposit} words="came in." />}
    />
  );
}

function Withdraw({ wallet: { walletId, currency, available } }: { wallet: Wallet }) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Withdraw"
      title="Withdraw from this wallet"
      words={
        <p>
          Money leaves the platform: the funding wallet of {currency} takes it.{' '}
          <Money amount={available} currency={currency} /> is available.
        </p>
      }
      fields={<InOrOutFields currency={currency} />}
      press={({ amount = '' }) => `Withdraw ${amountWords(amount, currency)}`}
      isKeyed
      ask={({ typed: { amount = '', reference }, key }) =>
        platform.withdraw(walletId, { amount, currency, ...(reference && { reference }) }, { key, ...actPatience })
      }
      done={(withdrawal) => <Made transaction={withdrawal} words="went out." />}
    />
  );
}

function PaymentFields({ currency }: { currency: string }) {
  return (
    <>
      <IdField name="receiverWalletId" label="To wallet" />
      <InOrOutFields currency={currency} />
    </>
  );
}

function InOrOutFields({ currency }: { currency: string }) {
  return (
    <>
      <AmountField label="Amount" currency={currency} />
      <ReferenceField />
    </>
  );
}

function Made({
  transaction: { transactionId, amount, currency },
  words,
}: {
  transaction: Transaction;
  words: string;
}) {
  return (
    <>
      <Money amount={amount} currency={currency} /> {words}{' '}
      <Link to="/transactions/$id" params={{ id: transactionId }}>
        See the transaction
      </Link>
    </>
  );
}

function Short({ id }: { id: string }) {
  return (
    <span className="mono" title={id}>
      {shortId(id)}
    </span>
  );
}

function amountWords(amount: string, currency: string): string {
  return amount === '' ? currency : `${groupedAmount(amount) || amount} ${currency}`;
}
