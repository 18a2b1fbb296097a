import { type FormEvent, useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { ActionButton } from '../ui/console/action-button.js';
import type { OpsSession, SignInFailure } from './ops-session.js';

const words: Record<SignInFailure, string> = {
  WRONG: 'E-mail or password is wrong.',
  TOO_MANY: 'Too many tries from here. Wait a minute, then try again.',
  UNREACHABLE: 'The platform does not answer. Try again in a moment.',
};

/** `email`: whose session it is, where it can be nobody else's. */
export function SignInForm({ session, email }: { session: OpsSession; email?: string }) {
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    const failed = await session.signIn(email ?? String(form.get('email')).trim(), String(form.get('password')));
    setBusy(false);
    setFailure(failed);
  };
  return (
    <form className="sign-in-form" onSubmit={submit}>
      {email === undefined && (
        <TextField name="email" type="email" isRequired autoComplete="username" autoFocus>
          <Label>E-mail</Label>
          <Input />
        </TextField>
      )}
      <TextField
        name="password"
        type="password"
        isRequired
        autoComplete="current-password"
        autoFocus={email !== undefined}
      >
        <Label>Password</Label>
        <Input />
      </TextField>
      <p className="form-failure" role="alert">
        {failure && words[failure]}
      </p>
      <ActionButton type="submit" tone="main" isPending={isBusy}>
        Sign in
      </ActionButton>
    </form>
  );
}
