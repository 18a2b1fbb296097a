import { useQuery } from '@tanstack/react-query';
import { Input, Label, TextField } from 'react-aria-components';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayConfigure } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';

/** Sends one by hand: an admin to anybody, others to those who get it anyway, and to themselves. */
export function SendDigest() {
  const { user, platform } = useSigned();
  const isAdmin = mayConfigure(user);
  const { data } = useQuery({
    queryKey: ['digest recipients'],
    queryFn: ({ signal }) => answered(platform.api.listDigestRecipients({ signal })),
    enabled: !isAdmin,
  });
  const known = [...new Set([user.email, ...(data?.items ?? []).map(({ email }) => email)])];
  return (
    <ActButton
      label="Send one now"
      title="Have a digest sent"
      words={<p>It is made from the ledger’s figures as they are now, and mailed within half a minute.</p>}
      fields={
        <>
          {isAdmin ? (
            <TextField name="email" type="email" isRequired className="field" defaultValue={user.email}>
              <Label>To</Label>
              <Input autoComplete="off" />
            </TextField>
          ) : (
            <label className="field">
              <span>To</span>
              <select name="email">
                {known.map((email) => (
                  <option key={email}>{email}</option>
                ))}
              </select>
            </label>
          )}
          <TextField name="date" type="date" className="field">
            <Label>Day (yesterday, if empty)</Label>
            <Input />
          </TextField>
        </>
      }
      press={({ email = user.email }) => `Mail it to ${email}`}
      ask={({ typed, key }) =>
        askOnce(
          platform.api.sendDigest({ body: { email: typed.email ?? '', ...(typed.date && { date: typed.date }) } }),
          key,
        )
      }
      lookFirst="Look whether the list has it. If so, another press mails it once more."
      done={() => <>It is being made: it stands in the list.</>}
    />
  );
}
