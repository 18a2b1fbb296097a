import type { MintedToken } from '@smart-wallet/client';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { ActButton } from '../../ui/console/act.js';

/** Takes a token back. */
export function RevokeToken({ token: { tokenId, caller, role } }: { token: MintedToken }) {
  const { platform } = useSigned();
  return (
    <ActButton<object>
      label="Withdraw"
      title={`Withdraw ${caller}’s token`}
      words={
        <p>
          Within five seconds nobody gets in with this {role} token any more. What {caller} does with it fails from then
          on.
        </p>
      }
      fields={null}
      press={() => 'Withdraw it'}
      isDoneOnce
      ask={({ key }) =>
        askOnce<object>(
          platform.api.revokeToken({ path: { id: tokenId } }).then((answer) => ({ ...answer, data: {} })),
          key,
        )
      }
      done={() => <>It is good no more.</>}
    />
  );
}
