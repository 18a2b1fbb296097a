import { useState } from 'react';
import { answered, faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { browserShelves } from '../../session/browser-shelves.js';
import { mayConfigure } from '../../session/may.js';
import { arrive } from '../../session/session.js';
import { ActionButton } from '../../ui/console/action-button.js';

/** Of a board that one looks at from the console: a wall's own is minted for longer. */
const ttlSeconds = 12 * 3_600;

/** The wallboard opens for a display token. An admin may mint one, and is not asked for it; others are told where it comes from. */
export function WallboardLink() {
  const { user, platform } = useSigned();
  const [step, setStep] = useState<'MINTING' | { fault: unknown } | null>(null);
  const [isKept] = useState(() => arrive(location.origin, browserShelves).session !== null);
  if (isKept) return <a href="/wallboard">Wallboard</a>;
  if (!mayConfigure(user)) {
    return (
      <span className="muted">
        <a href="/wallboard">Wallboard</a>, with a display token: ask an admin for one
      </span>
    );
  }
  const open = async () => {
    setStep('MINTING');
    try {
      const headers = { 'idempotency-key': `wallboard-${crypto.randomUUID()}` };
      const made = await answered(platform.api.mintToken({ body: { role: 'display', ttlSeconds }, headers }));
      if (!('token' in made)) throw new Error('A second admin must approve it first: see Approvals.');
      location.assign(`/wallboard#token=${encodeURIComponent(made.token)}`);
    } catch (fault) {
      setStep({ fault });
    }
  };
  return (
    <span>
      {step !== null && step !== 'MINTING' && <span role="alert">{faultWords(step.fault)} </span>}
      <ActionButton onPress={() => void open()} isPending={step === 'MINTING'}>
        Wallboard
      </ActionButton>
    </span>
  );
}
