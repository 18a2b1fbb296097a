import type { Approval } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { groupedAmount } from '../../figures/money.js';
import { mayAct, mayConfigure } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { ReasonField } from '../../ui/console/fields.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { SaidFacts } from './said-facts.js';
import { saidIn } from './said-in.js';

const everyMs = 2_000;

export function ApprovalPage() {
  const { id } = useParams({ from: '/approvals/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['approval', id],
    queryFn: ({ signal }) => answered(platform.api.getApproval({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title={query.data ? `${stateWords(query.data.action)}, to be approved` : 'Approval'} backTo="/approvals">
      <Loaded query={query} what="this approval">
        {(approval) => <ApprovalStory approval={approval} />}
      </Loaded>
    </Drawer>
  );
}

/** What would be done, what it was judged by, who asked, and how long there is time. */
function ApprovalStory({ approval }: { approval: Approval }) {
  const {
    approvalId,
    status,
    payload,
    state,
    payloadHash,
    reason,
    requestedBy,
    requestedAt,
    expiresAt,
    decidedBy,
    note,
  } = approval;
  return (
    <>
      <p>
        <State state={status} />
      </p>
      {status === 'STALE' && (
        <Notice severity="warning" title="The state has changed since">
          What it was judged by is no longer so. It was not done: ask for it anew.
        </Notice>
      )}
      {approval.result?.code && (
        <Notice severity="critical" title="Approved, and then refused by the platform’s rules: nothing was done">
          {approval.result.detail ?? stateWords(approval.result.code)}
        </Notice>
      )}
      <Decision approval={approval} />
      <h3>What will be done</h3>
      <SaidFacts of={payload} />
      {saidIn(state).length > 0 && (
        <>
          <h3>Judged by</h3>
          <SaidFacts of={state} />
        </>
      )}
      <h3>Who and when</h3>
      <Facts
        facts={{
          'Asked by': requestedBy,
          Asked: <When at={requestedAt} />,
          Reason: reason,
          Expires: status === 'PENDING' ? <When at={expiresAt} /> : null,
          'Decided by': decidedBy,
          Note: note,
          'Payload hash': <Id id={payloadHash} />,
          Id: <Id id={approvalId} whole />,
        }}
      />
      {approval.result?.transactionIds?.map((transactionId) => (
        <p key={transactionId}>
          <Link to="/transactions/$id" params={{ id: transactionId }}>
            The transaction that it made
          </Link>
        </p>
      ))}
      <Raw of={approval} />
    </>
  );
}

const ofAccounts: readonly string[] = ['USER_CREATE', 'USER_CHANGE', 'TOKEN_MINT'];

function Decision({ approval: { approvalId: id, action, payload, status, requestedBy } }: { approval: Approval }) {
  const { user, platform } = useSigned();
  if (status !== 'PENDING' || !mayAct(user)) return null;
  if (ofAccounts.includes(action) && !mayConfigure(user)) {
    return <p className="muted">It is about users or tokens: an admin decides.</p>;
  }
  if (payload.userId === user.userId) return <p className="muted">It is about you: somebody else decides.</p>;
  if (requestedBy === `user:${user.userId}`) {
    return <p className="muted">You asked for it: somebody else decides.</p>;
  }
  const amount = typeof payload.amount === 'string' ? ` ${groupedAmount(payload.amount)}` : '';
  return (
    <div className="acts">
      <ActButton
        label="Approve"
        title={`Approve this ${stateWords(action).toLowerCase()}`}
        words={
          <p>
            What is shown here is done at once, as you see it, and only if the state is still what it was judged by.
          </p>
        }
        fields={<ReasonField name="note" isRequired={false} />}
        press={() => `Approve${amount}`}
        ask={({ typed, key }) =>
          askOnce(platform.api.approveApproval({ path: { id }, body: typed.note ? { note: typed.note } : {} }), key)
        }
        isDoneOnce
        done={(approval) => <>{approvedWords(approval)}</>}
      />
      <ActButton
        label="Reject"
        title={`Reject this ${stateWords(action).toLowerCase()}`}
        words={<p>Nothing is done. Who asked is told why.</p>}
        fields={<ReasonField name="note" />}
        press={() => 'Reject'}
        ask={({ typed, key }) =>
          askOnce(platform.api.rejectApproval({ path: { id }, body: { note: typed.note ?? '' } }), key)
        }
        isDoneOnce
        done={() => <>Rejected: nothing was done.</>}
      />
    </div>
  );
}

/** What an approval did is in its result, which it may not have yet. */
function approvedWords({ result }: Approval): string {
  if (!result) return 'Approved. It is being done: this page tells when it is.';
  return result.code
    ? `Approved, and then refused: ${result.detail ?? stateWords(result.code)}`
    : 'Approved, and done.';
}
