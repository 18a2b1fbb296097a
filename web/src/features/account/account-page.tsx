import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';
import { Facts } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { NewPasswordInput } from '../../ui/console/inputs.js';
import { Loaded } from '../../ui/console/loaded.js';
import { stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { PasswordInput } from './password-input.js';

const everyMs = 5_000;

/** Who one is here, where one is signed in, and the ends of it. */
export function AccountPage() {
  const { user, platform } = useSigned();
  const query = useQuery({
    queryKey: ['own sessions'],
    queryFn: ({ signal }) => answered(platform.api.listSessions({ signal })),
    refetchInterval: everyMs,
  });
  return (
    <article className="sheet" aria-labelledby="account-title">
      <header className="page-head">
        <h1 id="account-title">Your account</h1>
        <div className="page-actions">
          <ChangePassword />
          <EndAll />
        </div>
      </header>
      <Facts
        facts={{
          Name: user.name,
          'E-mail': user.email,
          Role: stateWords(user.role),
          'In the audit log': (
            <Link to="/audit" search={{ actor: `user:${user.userId}` } as never}>
              What you did
            </Link>
          ),
          Id: <Id id={user.userId} whole />,
        }}
      />
      <h2>Where you are signed in</h2>
      <Loaded query={query} what="your sessions">
        {({ items }) => (
          <ul className="related">
            {items.map(({ sessionId, startedAt, refreshedAt, endsAt, isThis }) => (
              <li key={sessionId}>
                <span>
                  {isThis ? <strong>Here</strong> : 'Elsewhere'}, since <When at={startedAt} />
                </span>
                <span className="muted">
                  last used <When at={refreshedAt} />, ends <When at={endsAt} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </article>
  );
}

function ChangePassword() {
  const { platform } = useSigned();
  return (
    <ActButton<object>
      label="Change your password"
      title="Change your password"
      words={<p>You are signed out everywhere, here too. Sign in with the new one.</p>}
      fields={
        <>
          <PasswordInput name="current" label="Present password" />
          <NewPasswordInput name="new" label="New password" />
        </>
      }
      press={() => 'Change it'}
      ask={({ typed, key }) =>
        askOnce<object>(
          platform.api
            .changePassword({ body: { current: typed.current ?? '', new: typed.new ?? '' } })
            .then((answer) => ({ ...answer, data: {} })),
          key,
        )
      }
      lookFirst="Sign in anew: it is the one password or the other."
      done={() => <>Sign in with the new one.</>}
    />
  );
}

function EndAll() {
  const { platform, session } = useSigned();
  return (
    <ActButton<object>
      label="Sign out everywhere"
      title="Sign out everywhere"
      words={<p>All of your sessions end, this one too, within five seconds.</p>}
      fields={null}
      press={() => 'Sign out everywhere'}
      ask={async ({ key }) => {
        const outcome = await askOnce<object>(
          platform.api.signOutEverywhere().then((answer) => ({ ...answer, data: {} })),
          key,
        );
        if (outcome.kind === 'DONE') await session.signOut();
        return outcome;
      }}
      isDoneOnce
      done={() => <>You are signed out.</>}
    />
  );
}
