import type { Wallet } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { actPatience } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { CurrencyField } from '../../ui/console/fields.js';

/** A wallet, ready to use. */
export function NewWallet() {
  const { user, platform } = useSigned();
  if (!mayAct(user)) return null;
  return (
    <ActButton<Wallet>
      label="New wallet"
      title="Make a wallet"
      words={<p>It is active at once, and empty. Its currency is for good.</p>}
      fields={<CurrencyField />}
      press={({ currency = '' }) => `Make the wallet${currency && ` in ${currency.toUpperCase()}`}`}
      isKeyed
      ask={({ typed, key }) =>
        platform.createWallet(
          { currency: (typed.currency ?? '').toUpperCase(), status: 'ACTIVE' },
          { key, ...actPatience },
        )
      }
      done={({ walletId, currency }) => (
        <>
          It is in {currency}.{' '}
          <Link to="/wallets/$id" params={{ id: walletId }}>
            Open it
          </Link>
        </>
      )}
    />
  );
}
