import type { Token } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { askApproved } from '../../api/ask-approved.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';
import { ShownOnce } from '../../ui/console/shown-once.js';
import { When } from '../../ui/console/when.js';
import { type AskedToken, forgetAsked } from './asked-tokens.js';

/** What this person asked for in this browser and has not had yet. */
export function AskedFor({ asked, onTold }: { asked: readonly AskedToken[]; onTold: () => void }) {
  if (asked.length === 0) return null;
  return (
    <ul className="asked-for" aria-label="Tokens that you asked for">
      {asked.map((one) => (
        <li key={one.key}>
          <span>
            You asked for a {one.body.role} token <When at={one.askedAt} />.{' '}
            <Link to="/approvals/$id" params={{ id: one.approvalId }} search={{} as never}>
              Its approval
            </Link>
          </span>
          <FetchToken asked={one} onTold={onTold} />
        </li>
      ))}
    </ul>
  );
}

function FetchToken({ asked, onTold }: { asked: AskedToken; onTold: () => void }) {
  const { platform } = useSigned();
  const queries = useQueryClient();
  const { body } = asked;
  return (
    <ActButton<Token>
      label="Fetch it"
      title="Fetch the token that you asked for"
      words={<p>Once another admin has approved it, it is shown here, to you alone.</p>}
      fields={null}
      press={() => 'Fetch the token'}
      isKeyed
      askedKey={asked.key}
      ask={async ({ key }) => {
        const outcome = await askApproved<Token>((headers) => platform.api.mintToken({ body, headers }), key);
        if (outcome.kind === 'DONE' || outcome.kind === 'REFUSED') forgetAsked(key);
        onTold();
        void queries.invalidateQueries({ queryKey: ['tokens', 'pages'] });
        return outcome;
      }}
      done={({ token }) => <ShownOnce text={token} what="The token" />}
    />
  );
}
