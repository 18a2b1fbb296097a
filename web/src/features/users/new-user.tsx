import type { User } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { askApproved } from '../../api/ask-approved.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';
import { ChoiceInput, NewPasswordInput, TextInput } from '../../ui/console/inputs.js';
import { roleChoices, secondPersonWords } from './user-roles.js';

const emailCharsMax = 254;
const nameCharsMax = 100;

/** Somebody who may sign in. */
export function NewUser() {
  const { platform } = useSigned();
  const queries = useQueryClient();
  return (
    <ActButton<User>
      label="New user"
      title="Let somebody in"
      words={
        <>
          <p>Who has this e-mail and password signs in, and may what the role says.</p>
          <p className="muted">{secondPersonWords}</p>
        </>
      }
      fields={
        <>
          <TextInput name="email" label="E-mail" type="email" charsMax={emailCharsMax} />
          <TextInput name="name" label="Name" charsMax={nameCharsMax} />
          <ChoiceInput name="role" label="Role" choices={roleChoices} />
          <NewPasswordInput name="password" label="First password" />
        </>
      }
      press={({ role = 'viewer' }) => `Make ${role === 'viewer' ? 'a' : 'an'} ${role}`}
      isKeyed
      ask={async ({ typed, key }) => {
        const { email = '', name = '', role = 'viewer', password = '' } = typed;
        const body = { email, name, role: role as 'viewer', password };
        const outcome = await askApproved<User>((headers) => platform.api.createUser({ body, headers }), key);
        void queries.invalidateQueries({ queryKey: ['users', 'pages'] });
        return outcome;
      }}
      done={({ userId, name }) => (
        <>
          {name} may sign in. Tell them the password, and to change it.{' '}
          <Link to="/users/$id" params={{ id: userId }}>
            Open
          </Link>
        </>
      )}
    />
  );
}
