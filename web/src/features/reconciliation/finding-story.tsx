import type { Finding } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Facts } from '../../ui/console/facts.js';
import { ReasonField } from '../../ui/console/fields.js';
import { Id } from '../../ui/console/id.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

/** A break, named to the cent: what should be, what is, and where. */
export function FindingStory({ finding }: { finding: Finding }) {
  const { user, platform } = useSigned();
  const { findingId, check, severity, what, walletId, transactionId, currency, expected, found, delta, status, note } =
    finding;
  return (
    <>
      <p>
        <State state={severity} /> <strong>{stateWords(check)}</strong> <State state={status} />
      </p>
      <p>{what}</p>
      <Facts
        facts={{
          Expected: expected,
          Found: found,
          Delta: delta && `${delta}${currency ? ` ${currency}` : ''}`,
          Wallet: walletId && (
            <>
              <Link to="/wallets/$id" params={{ id: walletId }}>
                Wallet
              </Link>{' '}
              <Id id={walletId} />
            </>
          ),
          Transaction: transactionId && (
            <>
              <Link to="/transactions/$id" params={{ id: transactionId }}>
                Transaction
              </Link>{' '}
              <Id id={transactionId} />
            </>
          ),
          'First seen': <When at={finding.firstSeenAt} />,
          Explained: note && `${note} (${finding.explainedBy})`,
        }}
      />
      {status === 'OPEN' && mayAct(user) && (
        <div className="acts">
          <ActButton
            label="Explain"
            title="Explain this finding"
            words={<p>Nothing is repaired. It stays explained as long as it is the same.</p>}
            fields={<ReasonField name="note" />}
            press={() => 'Explain'}
            tone="main"
            ask={({ typed, key }) =>
              askOnce(platform.api.explainFinding({ path: { id: findingId }, body: { note: typed.note ?? '' } }), key)
            }
            isDoneOnce
            done={() => <>It is explained.</>}
          />
        </div>
      )}
    </>
  );
}
