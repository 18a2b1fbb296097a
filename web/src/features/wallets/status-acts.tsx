import type { Wallet } from '@smart-wallet/client';
import { actPatience } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { ReasonField } from '../../ui/console/fields.js';
import { stateWords } from '../../ui/console/state.js';

interface Change {
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  readonly label: string;
  readonly words: string;
}

const activate: Change = { status: 'ACTIVE', label: 'Activate', words: 'It pays and is paid again from now on.' };
const suspend: Change = {
  ...{ status: 'SUSPENDED', label: 'Suspend' },
  words: 'From now on it neither pays nor is paid, until somebody activates it. What it holds stays.',
};
const close: Change = {
  ...{ status: 'CLOSED', label: 'Close' },
  words: 'For good: it can never be opened again. It must be empty, with nothing held.',
};

const changes: Readonly<Record<string, readonly Change[]>> = {
  CREATED: [activate, close],
  ACTIVE: [suspend, close],
  SUSPENDED: [activate, close],
};

/** What may be made of its status. */
export function StatusActs({ wallet }: { wallet: Wallet }) {
  const { user, platform } = useSigned();
  if (!mayAct(user)) return null;
  return (
    <>
      {(changes[wallet.status] ?? []).map(({ status, label, words }) => (
        <ActButton<Wallet>
          key={status}
          label={label}
          title={`${label} this wallet`}
          words={<p>{words}</p>}
          fields={<ReasonField />}
          press={() => `${label} the wallet`}
          isKeyed
          ask={({ typed, key }) =>
            platform.changeStatus(wallet.walletId, { status, reason: typed.reason ?? '' }, { key, ...actPatience })
          }
          done={({ status: now }) => <>It is {stateWords(now).toLowerCase()}.</>}
        />
      ))}
    </>
  );
}
