import { Input, Label, TextField } from 'react-aria-components';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';

/** Sends one to an address, by hand: to oneself, to see it. */
export function SendDigest({ email, date }: { email?: string; date?: string }) {
  const { user, platform } = useSigned();
  return (
    <ActButton
      label={email ? 'Send it again' : 'Send one now'}
      title="Have a digest sent"
      words={<p>It is made from the ledger’s figures as they are now, and mailed within half a minute.</p>}
      fields={
        <>
          <TextField name="email" type="email" isRequired className="field" defaultValue={email ?? user.email}>
            <Label>To</Label>
            <Input autoComplete="off" />
          </TextField>
          <TextField name="date" type="date" className="field" defaultValue={date ?? ''}>
            <Label>Day (yesterday, if empty)</Label>
            <Input />
          </TextField>
        </>
      }
      press={({ email: to = email ?? user.email }) => `Mail it to ${to}`}
      ask={({ typed, key }) =>
        askOnce(
          platform.api.sendDigest({ body: { email: typed.email ?? '', ...(typed.date && { date: typed.date }) } }),
          key,
        )
      }
      done={() => <>It is being made: it stands in the list.</>}
    />
  );
}
