import type { LiveRefusal } from '@smart-wallet/engine/contract/live.js';
import { type FormEvent, useState } from 'react';
import { Shape } from '../ui/shape.js';
import { readToken } from './session.js';
import './token-page.css';

interface TokenPageProps {
  /** Why there is no board: what was wrong with the token before. */
  reason: string | null;
  /** Gateways the address names: they get the token as well, so they are named here. */
  gateways: readonly string[];
  onToken: (token: string) => void;
}

export function TokenPage({ reason, gateways, onToken }: TokenPageProps) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState(reason);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = readToken(text);
    if (token) onToken(token);
    else setProblem(badTokenText);
  };
  return (
    <main className="token-page">
      <form className="token-form" onSubmit={submit} noValidate>
        <h1>Smart Wallet</h1>
        <p className="token-lead">The wallboard shows live figures to those who hold a display token.</p>
        <label htmlFor="token">Display token</label>
        <input
          id="token"
          className="mono"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={text}
          aria-describedby="token-help token-problem"
          aria-invalid={problem !== null}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
          }}
        />
        <p id="token-problem" className="token-problem" role="alert">
          {problem && (
            <>
              <Shape severity="critical" /> {problem}
            </>
          )}
        </p>
        <button type="submit" className="button">
          Show the board
        </button>
        <p id="token-help" className="token-help">
          <code>npm start</code> prints the board's address. The token is what follows <code>#token=</code>; the whole
          address will do as well.
        </p>
        {gateways.length > 0 && (
          <p className="token-help">
            This address names further gateways, which will get the token too: {gateways.join(', ')}.
          </p>
        )}
      </form>
    </main>
  );
}

export const badTokenText = 'This is not a token. Copy all of it, without spaces, or the whole address.';

export function refusalText({ code, detail }: LiveRefusal): string {
  switch (code) {
    case 'TOKEN_ENDED':
      return 'The token has ended. Paste a new one.';
    case 'UNAUTHENTICATED':
      return 'The gateway does not know this token. It may be from another installation, or cut short.';
    case 'FORBIDDEN':
      return 'This token does not open the wallboard.';
    default:
      return `The gateway refused: ${detail}`;
  }
}
