import type { MintedToken } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayConfigure } from '../../session/may.js';
import { OnlyFor } from '../../ui/console/only-for.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { AskedFor } from './asked-for.js';
import { askedTokens } from './asked-tokens.js';
import { NewToken } from './new-token.js';
import { RevokeToken } from './revoke-token.js';

const listing: Listing<MintedToken> = {
  name: 'tokens',
  idOf: ({ tokenId }) => tokenId,
  read: ({ api }, query, signal) => answered(api.listTokens({ query, signal })),
};

const filters: Filter[] = [
  { name: 'role', label: 'Role', kind: 'choice', choices: ['display', 'service', 'viewer', 'operator'] },
  { name: 'state', label: 'State', kind: 'choice', choices: ['GOOD', 'EXPIRED', 'REVOKED'] },
];

const columns: Column<MintedToken>[] = [
  {
    ...{ name: 'caller', label: 'Who uses it', width: 'minmax(8rem, 1.5fr)' },
    cell: ({ tokenId, caller }) => (
      <Link
        to="/audit"
        search={{ subject: tokenId } as never}
        className="cut"
        title={`What was done to ${caller}’s token`}
      >
        {caller}
      </Link>
    ),
  },
  { name: 'role', label: 'Role', width: 'minmax(5rem, 0.7fr)', cell: ({ role }) => stateWords(role) },
  {
    ...{ name: 'scope', label: 'Scope', width: 'minmax(5rem, 1fr)', isWide: true },
    cell: ({ scope }) => <span className="cut">{scope ?? <span className="muted">all wallets</span>}</span>,
  },
  {
    ...{ name: 'state', label: 'State', width: '8rem', isWide: true },
    cell: (token) => <State state={tokenState(token, Date.now())} />,
  },
  { name: 'expiresAt', label: 'Ends', width: '7rem', isWide: true, cell: ({ expiresAt }) => <When at={expiresAt} /> },
  {
    ...{ name: 'mintedBy', label: 'By', width: 'minmax(6rem, 1fr)', isWide: true },
    cell: ({ mintedBy, createdAt }) => (
      <span className="cut" title={createdAt}>
        {mintedBy}
      </span>
    ),
  },
  {
    ...{ name: 'act', label: 'Act', width: '7rem' },
    cell: (token) => tokenState(token, Date.now()) === 'GOOD' && <RevokeToken token={token} />,
  },
];

function tokenState({ revokedAt, expiresAt }: MintedToken, nowMs: number): string {
  if (revokedAt !== null) return 'REVOKED';
  return Date.parse(expiresAt) <= nowMs ? 'EXPIRED' : 'GOOD';
}

export function TokenList() {
  const { user } = useSigned();
  const [asked, setAsked] = useState(() => askedTokens(user.userId));
  const look = () => setAsked(askedTokens(user.userId));
  return (
    <OnlyFor title="Tokens" may={mayConfigure(user)} who="admins">
      <ListPage
        {...{ title: 'Tokens', noun: 'token', listing, columns, filters }}
        emptyWords="Services and wallboards come with tokens. Make one, and give it to whoever runs them."
        actions={() => (
          <>
            <Link to="/users" search={{}}>
              Users
            </Link>
            <NewToken onAsked={look} />
          </>
        )}
        summary={() => <AskedFor asked={asked} onTold={look} />}
      />
    </OnlyFor>
  );
}
