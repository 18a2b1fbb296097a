import type { User } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
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
import { NewUser } from './new-user.js';

const listing: Listing<User> = {
  name: 'users',
  idOf: ({ userId }) => userId,
  read: ({ api }, query, signal) => answered(api.listUsers({ query, signal })),
};

const filters: Filter[] = [
  { name: 'role', label: 'Role', kind: 'choice', choices: ['viewer', 'operator', 'admin'] },
  { name: 'disabled', label: 'Disabled', kind: 'choice', choices: ['true', 'false'] },
];

const columns: Column<User>[] = [
  {
    ...{ name: 'name', label: 'Name', width: 'minmax(8rem, 1fr)' },
    cell: ({ userId, name }) => (
      <Link to="/users/$id" params={{ id: userId }} search={true} className="cut" title={name}>
        {name}
      </Link>
    ),
  },
  {
    ...{ name: 'email', label: 'E-mail', width: 'minmax(10rem, 1.5fr)' },
    cell: ({ email }) => (
      <span className="cut" title={email}>
        {email}
      </span>
    ),
  },
  {
    ...{ name: 'role', label: 'Role', width: 'minmax(6rem, 0.7fr)' },
    cell: ({ role, disabled }) => (disabled ? <State state="DISABLED" /> : stateWords(role)),
  },
  {
    name: 'updatedAt',
    label: 'Changed',
    width: '7rem',
    isWide: true,
    cell: ({ updatedAt }) => <When at={updatedAt} />,
  },
  { name: 'createdAt', label: 'Made', width: '7rem', isWide: true, cell: ({ createdAt }) => <When at={createdAt} /> },
];

export function UserList() {
  const { user } = useSigned();
  const { id } = useParams({ strict: false });
  return (
    <OnlyFor title="Users" may={mayConfigure(user)} who="admins">
      <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
        <ListPage
          {...{ title: 'Users', noun: 'user', listing, columns, filters, openId: id }}
          emptyWords="Those who sign in here."
          actions={() => (
            <>
              <Link to="/tokens" search={{}}>
                Tokens
              </Link>
              <NewUser />
            </>
          )}
        />
        <Outlet />
      </div>
    </OnlyFor>
  );
}
