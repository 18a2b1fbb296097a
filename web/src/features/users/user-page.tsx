import type { User } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { HistoryOf } from '../../ui/console/history-of.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { UserActs } from './user-acts.js';

const everyMs = 2_000;

/** Who somebody is, what they may, who said so and why. */
export function UserPage() {
  const { id } = useParams({ from: '/users/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['user', id],
    queryFn: ({ signal }) => answered(platform.api.getUser({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title={query.data?.name ?? 'User'} backTo="/users">
      <Loaded query={query} what="this user">
        {(user) => <UserStory user={user} />}
      </Loaded>
    </Drawer>
  );
}

function UserStory({ user }: { user: User }) {
  const { userId, email, role, disabled, disabledAt, hasPassword, createdAt, updatedAt } = user;
  return (
    <>
      {disabled && (
        <p>
          <State state="DISABLED" />
        </p>
      )}
      <UserActs user={user} />
      <Facts
        facts={{
          'E-mail': email,
          Role: stateWords(role),
          'Signs in': hasPassword ? 'with a password' : 'by the identity provider, which says the role',
          Disabled: disabledAt && <When at={disabledAt} />,
          Made: <When at={createdAt} />,
          Changed: <When at={updatedAt} />,
          'In the audit log': (
            <Link to="/audit" search={{ actor: `user:${userId}` } as never}>
              What they did
            </Link>
          ),
          Id: <Id id={userId} whole />,
        }}
      />
      <h3>Who changed it, and why</h3>
      <HistoryOf subject={userId} />
      <Raw of={user} />
    </>
  );
}
