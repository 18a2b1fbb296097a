import type { DigestRecipients, ReplaceDigestRecipientsData } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Input, Label, TextField } from 'react-aria-components';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct, mayConfigure } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { stateWords } from '../../ui/console/state.js';
import './digests.css';

type Recipient = DigestRecipients['items'][number];
/** As it was read it may be said again. */
type Named = ReplaceDigestRecipientsData['body']['items'];

/** Who gets a digest, and when by their own clock. */
export function RecipientsPage() {
  const { user, platform } = useSigned();
  const query = useQuery({
    queryKey: ['digest recipients'],
    queryFn: ({ signal }) => answered(platform.api.listDigestRecipients({ signal })),
    enabled: mayAct(user),
  });
  return (
    <article className="sheet" aria-labelledby="recipients-title">
      <header className="page-head">
        <h1 id="recipients-title">Who gets the digest</h1>
        <Link to="/digests">All digests</Link>
      </header>
      {mayAct(user) ? (
        <Loaded query={query} what="who gets the digest">
          {({ items }) => <Recipients items={items} />}
        </Loaded>
      ) : (
        <Notice title="For operators and admins">They are addresses of people. Ask an admin for the role.</Notice>
      )}
    </article>
  );
}

function Recipients({ items }: { items: readonly Recipient[] }) {
  const { user } = useSigned();
  const isAdmin = mayConfigure(user);
  return (
    <>
      {isAdmin && (
        <div className="acts">
          <AddRecipient />
        </div>
      )}
      {items.length === 0 ? (
        <Notice title="Nobody yet">
          {isAdmin ? 'Add whoever should know each morning how it went.' : 'An admin names them.'}
        </Notice>
      ) : (
        <div className="wide-table">
          <table className="entries recipients">
            <thead>
              <tr>
                <th scope="col">Address</th>
                <th scope="col">Name</th>
                <th scope="col">When</th>
                {isAdmin && <th scope="col">Change</th>}
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.email}>
                  <td>{one.email}</td>
                  <td>{one.name ?? '\u2013'}</td>
                  <td>
                    {stateWords(one.frequency)} at {one.at}, {one.timeZone}
                  </td>
                  {isAdmin && (
                    <td>
                      <RemoveRecipient email={one.email} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function AddRecipient() {
  const { platform } = useSigned();
  return (
    <ActButton
      label="Add somebody"
      title="Send somebody the digest"
      words={<p>From its next time on. An address that is there already gets it at the time that you say here.</p>}
      fields={
        <>
          <TextField name="email" type="email" isRequired className="field">
            <Label>Address</Label>
            <Input autoComplete="off" />
          </TextField>
          <TextField name="name" className="field" maxLength={100}>
            <Label>Name (if any)</Label>
            <Input autoComplete="off" />
          </TextField>
          <label className="field">
            <span>How often</span>
            <select name="frequency">
              <option value="DAILY">Daily</option>
              <option value="WEEKLY">Weekly, on Mondays</option>
            </select>
          </label>
          <TextField name="at" type="time" isRequired className="field" defaultValue="07:00">
            <Label>At, by their clock</Label>
            <Input />
          </TextField>
          <TextField
            name="timeZone"
            isRequired
            className="field"
            defaultValue={Intl.DateTimeFormat().resolvedOptions().timeZone}
          >
            <Label>Time zone</Label>
            <Input autoComplete="off" placeholder="Europe/Berlin" />
          </TextField>
        </>
      }
      press={({ email = '' }) => `Send it to ${email || 'them'}`}
      ask={async ({ typed, key }) => {
        const { email = '', name, frequency, at = '', timeZone = '' } = typed;
        const one = {
          email,
          name: name || null,
          frequency: frequency === 'WEEKLY' ? 'WEEKLY' : 'DAILY',
          at,
          timeZone,
        } as const;
        // Those of now: somebody may have added one since this page was read.
        const { items } = await answered(platform.api.listDigestRecipients());
        const body = { items: [...items.filter((each) => each.email !== email), one] as Named };
        return askOnce(platform.api.replaceDigestRecipients({ body }), key);
      }}
      isDoneOnce
      done={() => <>They get it from now on.</>}
    />
  );
}

function RemoveRecipient({ email }: { email: string }) {
  const { platform } = useSigned();
  return (
    <ActButton
      label="Remove"
      title={`Send ${email} no digest any more`}
      words={<p>What has been sent stays where it is.</p>}
      fields={null}
      press={() => `Remove ${email}`}
      ask={async ({ key }) => {
        const { items } = await answered(platform.api.listDigestRecipients());
        const body = { items: items.filter((each) => each.email !== email) as Named };
        return askOnce(platform.api.replaceDigestRecipients({ body }), key);
      }}
      isDoneOnce
      done={() => <>They get no digest any more.</>}
    />
  );
}
