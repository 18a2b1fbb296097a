import type { Hold, HoldWithCaptures, Transaction } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { actPatience, answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { groupedAmount } from '../../figures/money.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { AmountField } from '../../ui/console/fields.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

const everyMs = 2_000;

export function HoldPage() {
  const { id } = useParams({ from: '/holds/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['hold', id],
    queryFn: ({ signal }) => answered(platform.api.getHold({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title="Hold" backTo="/holds">
      <Loaded query={query} what="this hold">
        {(hold) => <HoldStory hold={hold} />}
      </Loaded>
    </Drawer>
  );
}

function HoldStory({ hold }: { hold: HoldWithCaptures }) {
  const { user } = useSigned();
  const { holdId, amount, captured, remaining, currency, status, walletId, receiverWalletId, expiresAt, createdAt } =
    hold;
  return (
    <>
      <p className="hero">
        <Money {...{ amount, currency }} /> <State state={status} />
      </p>
      {status === 'OPEN' && mayAct(user) && (
        <div className="acts">
          <Capture hold={hold} />
          <VoidHold hold={hold} />
        </div>
      )}
      <Facts
        facts={{
          Captured: <Money amount={captured} currency={currency} />,
          Remaining: <Money amount={remaining} currency={currency} />,
          From: <WalletLink id={walletId} />,
          To: <WalletLink id={receiverWalletId} />,
          Made: <When at={createdAt} />,
          Expires: <When at={expiresAt} />,
          Reference: hold.reference,
          Id: <Id id={holdId} whole />,
        }}
      />
      <h3>Captures</h3>
      {hold.captures.length === 0 && <p className="muted">None yet.</p>}
      <ul className="related">
        {hold.captures.map((id) => (
          <li key={id}>
            <Link to="/transactions/$id" params={{ id }}>
              Capture
            </Link>{' '}
            <Id id={id} />
          </li>
        ))}
      </ul>
      <p>
        <Link to="/transactions/$id" params={{ id: holdId }}>
          As a transaction
        </Link>
      </p>
      <Raw of={hold} />
    </>
  );
}

function Capture({ hold: { holdId, remaining, currency } }: { hold: Hold }) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Capture"
      title="Capture this hold"
      words={
        <p>
          The receiver is paid out of what is held, up to <Money amount={remaining} currency={currency} />.
        </p>
      }
      fields={<AmountField label="Amount" currency={currency} value={remaining} />}
      press={(typed) => `Capture ${groupedAmount(typed.amount ?? remaining)} ${currency}`}
      isKeyed
      ask={({ typed, key }) => platform.capture(holdId, { amount: typed.amount ?? remaining }, { key, ...actPatience })}
      done={(capture) => (
        <>
          <Money amount={capture.amount} currency={capture.currency} /> was paid.
        </>
      )}
    />
  );
}

function VoidHold({ hold: { holdId, remaining, currency } }: { hold: Hold }) {
  const { platform } = useSigned();
  return (
    <ActButton<Transaction>
      label="Void"
      title="Void this hold"
      words={
        <p>
          <Money amount={remaining} currency={currency} /> is available to its owner again. Nothing more can be
          captured.
        </p>
      }
      fields={null}
      press={() => `Give back ${groupedAmount(remaining)} ${currency}`}
      isKeyed
      ask={({ key }) => platform.voidHold(holdId, { key, ...actPatience })}
      done={() => <>It is available again.</>}
    />
  );
}

function WalletLink({ id }: { id: string }) {
  return (
    <>
      <Link to="/wallets/$id" params={{ id }}>
        Wallet
      </Link>{' '}
      <Id id={id} />
    </>
  );
}
