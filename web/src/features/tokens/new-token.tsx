import type { Token } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { askApproved } from '../../api/ask-approved.js';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';
import type { Typed } from '../../ui/console/act-attempts.js';
import { ChoiceInput, TextInput } from '../../ui/console/inputs.js';
import { ShownOnce } from '../../ui/console/shown-once.js';
import { type AskedToken, rememberAsked } from './asked-tokens.js';

const roles: Readonly<Record<string, string>> = {
  service: 'Service: makes wallets and moves money',
  display: 'Display: the wallboard, and nothing else',
  viewer: 'Viewer: reads everything',
  operator: 'Operator: reads, moves money, acts',
};
const daySeconds = 86_400;
const ttls: Readonly<Record<string, string>> = {
  [String(daySeconds)]: 'A day',
  [String(30 * daySeconds)]: '30 days',
  [String(90 * daySeconds)]: '90 days',
  [String(365 * daySeconds)]: 'A year',
};

/** What moves money is made once another admin has approved it. */
export const movingRoles: readonly string[] = ['service', 'operator'];

/** A token for a program or a screen. */
export function NewToken({ onAsked }: { onAsked: () => void }) {
  const { user, platform } = useSigned();
  const queries = useQueryClient();
  return (
    <ActButton<Token>
      label="New token"
      title="Make a token"
      words={
        <>
          <p>Who has it may what its role says, until it ends or is withdrawn.</p>
          <p className="muted">
            One that moves money is made once another admin has approved it; then you get it here, in this browser.
          </p>
        </>
      }
      fields={
        <>
          <ChoiceInput name="role" label="Role" choices={roles} />
          <TextInput
            name="caller"
            label="Who uses it (if it has a name)"
            isRequired={false}
            pattern="[\w.@\-]{1,100}"
            title="1 to 100 letters, digits and _ . @ -"
            hint="It stands in the audit log, and stays the same when the token is replaced."
          />
          <TextInput
            name="scope"
            label="Scope (of a service, if any)"
            isRequired={false}
            hint="Then it sees and moves the wallets of this scope alone."
          />
          <ChoiceInput name="ttlSeconds" label="Good for" choices={ttls} value={String(30 * daySeconds)} />
        </>
      }
      press={({ role = 'service' }) =>
        movingRoles.includes(role) ? `Ask for a ${role} token`.replace('a o', 'an o') : `Make a ${role} token`
      }
      ask={async ({ typed, key }) => {
        const body = tokenIn(typed);
        // Without a key it is sent once: nobody has to approve it, so nobody would know the key again.
        const outcome = movingRoles.includes(body.role)
          ? await askApproved<Token>((headers) => platform.api.mintToken({ body, headers }), key)
          : await askOnce<Token>(platform.api.mintToken({ body }) as never, key);
        if (outcome.kind === 'PENDING') {
          const { approvalId } = outcome.approval;
          rememberAsked({ userId: user.userId, key, approvalId, askedAt: new Date().toISOString(), body });
          onAsked();
        }
        void queries.invalidateQueries({ queryKey: ['tokens', 'pages'] });
        return outcome;
      }}
      lookFirst="Look whether the list has one more. Nobody has seen it: withdraw it, and make another."
      done={({ token }) => <ShownOnce text={token} what="The token" />}
    />
  );
}

function tokenIn({ role = 'service', caller, scope, ttlSeconds }: Typed): AskedToken['body'] {
  return {
    role: role as AskedToken['body']['role'],
    ...(caller && { caller }),
    ...(scope && { scope }),
    ttlSeconds: Number(ttlSeconds),
  };
}
