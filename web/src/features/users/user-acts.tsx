import type { User } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { askApproved } from '../../api/ask-approved.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';
import { ReasonField } from '../../ui/console/fields.js';
import { ChoiceInput, NewPasswordInput } from '../../ui/console/inputs.js';
import { stateWords } from '../../ui/console/state.js';
import { roleChoices, secondPersonWords } from './user-roles.js';

/** Another role, no way in, a way in again, another password. One's own password is changed on one's own page. */
export function UserActs({ user }: { user: User }) {
  const { user: self } = useSigned();
  const isSelf = self.userId === user.userId;
  return (
    <>
      {isSelf && (
        <p className="muted">
          This is you. <Link to="/account">Your own page</Link> has your sessions and your password.
        </p>
      )}
      <div className="acts">
        {user.hasPassword && <RoleAct user={user} />}
        <WayInAct user={user} isSelf={isSelf} />
        {!isSelf && <PasswordAct user={user} />}
      </div>
    </>
  );
}

function useChange({ userId }: User) {
  const { platform } = useSigned();
  return (body: { role?: 'viewer'; disabled?: boolean; password?: string; reason?: string }, key: string) =>
    askApproved<User>((headers) => platform.api.changeUser({ path: { id: userId }, body, headers }), key);
}

function RoleAct({ user }: { user: User }) {
  const change = useChange(user);
  return (
    <ActButton<User>
      label="Change the role"
      title={`Give ${user.name} another role`}
      words={
        <>
          <p>All sessions of {user.name} end. The last admin who can sign in stays one.</p>
          <p className="muted">{secondPersonWords}</p>
        </>
      }
      fields={
        <>
          <ChoiceInput name="role" label="Role" choices={roleChoices} value={user.role} />
          <ReasonField />
        </>
      }
      press={({ role = user.role }) => `Make ${user.name} ${role === 'viewer' ? 'a viewer' : `an ${role}`}`}
      isKeyed
      ask={({ typed, key }) => change({ role: typed.role as 'viewer', reason: typed.reason ?? '' }, key)}
      done={({ role }) => <>{stateWords(role)} from now on.</>}
    />
  );
}

function WayInAct({ user, isSelf }: { user: User; isSelf: boolean }) {
  const change = useChange(user);
  const { name, disabled } = user;
  return (
    <ActButton<User>
      label={disabled ? 'Enable' : 'Disable'}
      title={disabled ? `Let ${name} in again` : `Let ${name} in no more`}
      words={
        disabled ? (
          <>
            <p>{name} signs in again, with the password and role of before.</p>
            <p className="muted">{secondPersonWords}</p>
          </>
        ) : (
          <p>
            {isSelf
              ? 'This is you: you are signed out, and cannot come in again by yourself.'
              : `All sessions of ${name} end, everywhere within five seconds.`}
          </p>
        )
      }
      fields={<ReasonField />}
      press={() => (disabled ? `Let ${name} in` : `Disable ${name}`)}
      isKeyed
      ask={({ typed, key }) => change({ disabled: !disabled, reason: typed.reason ?? '' }, key)}
      done={(now) => <>{now.disabled ? 'Disabled.' : 'Let in again.'}</>}
    />
  );
}

function PasswordAct({ user }: { user: User }) {
  const change = useChange(user);
  return (
    <ActButton<User>
      label="Set a password"
      title={`Give ${user.name} another password`}
      words={
        <>
          <p>All sessions of {user.name} end. Tell them the password, and to change it.</p>
          <p className="muted">{secondPersonWords}</p>
        </>
      }
      fields={
        <>
          <NewPasswordInput name="password" label="New password" />
          <ReasonField />
        </>
      }
      press={() => 'Set the password'}
      isKeyed
      ask={({ typed, key }) => change({ password: typed.password ?? '', reason: typed.reason ?? '' }, key)}
      done={() => <>It is set.</>}
    />
  );
}
