import type { ReconciliationRequested } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';

const modes = [
  { mode: 'incremental', label: 'Check what is new', words: 'Checks what was committed since the last run.' },
  {
    mode: 'full',
    label: 'Check everything',
    words: 'Checks all of the ledger, beside payments and behind them. It may take long.',
  },
] as const;

export function RunNow() {
  const { user, platform } = useSigned();
  if (!mayAct(user)) return null;
  return modes.map(({ mode, label, words }) => (
    <ActButton<ReconciliationRequested>
      key={mode}
      label={label}
      title={label}
      words={<p>{words} It repairs nothing.</p>}
      fields={null}
      press={() => label}
      ask={({ key }) => askOnce(platform.api.requestReconciliation({ body: { mode } }), key)}
      lookFirst="The list tells whether a run was begun: there is one at a time."
      done={({ runId }) => (
        <Link to="/reconciliation/$id" params={{ id: runId }}>
          See the run
        </Link>
      )}
    />
  ));
}
