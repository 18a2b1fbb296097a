import type { DeadLetter } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Facts } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

const shownMax = 100;
const everyMs = 2_000;

/** What could not be handled, newest first: seen, tried again, or thrown away. */
export function DeadLetterList() {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['dead-letters'],
    queryFn: ({ signal }) => answered(platform.api.listDeadLetters({ query: { limit: shownMax }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <article className="sheet" aria-labelledby="dead-title">
      <header className="page-head">
        <h1 id="dead-title">Dead letters</h1>
      </header>
      <Loaded query={query} what="the dead letters">
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 && <p className="muted">None: every message was handled.</p>}
            <ul className="findings">
              {items.map((letter) => (
                <li key={letter.deadLetterId}>
                  <Letter letter={letter} />
                </li>
              ))}
            </ul>
            {nextCursor && <p className="muted">Only the newest {shownMax} are shown.</p>}
          </>
        )}
      </Loaded>
    </article>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const { user } = useSigned();
  const { deadLetterId, queue, reason, attempts, firstFailedAt, status, payload } = letter;
  return (
    <>
      <p>
        <strong className="mono">{queue}</strong> <State state={status} />
      </p>
      <Facts
        facts={{
          Why: reason,
          Attempts: attempts,
          'Failed first': <When at={firstFailedAt} />,
          Id: <Id id={deadLetterId} />,
        }}
      />
      {status === 'WAITING' && mayAct(user) && <LetterActs id={deadLetterId} />}
      <details className="raw">
        <summary>Payload</summary>
        <pre>{JSON.stringify(payload, null, 2)}</pre>
      </details>
    </>
  );
}

function LetterActs({ id }: { id: string }) {
  const { platform } = useSigned();
  return (
    <div className="acts">
      <ActButton
        label="Try again"
        title="Try this message again"
        words={<p>It goes back to its queue, as it was.</p>}
        fields={null}
        press={() => 'Try again'}
        ask={({ key }) => askOnce(platform.api.replayDeadLetter({ path: { id } }), key)}
        isDoneOnce
        done={() => <>It is on its way.</>}
      />
      <ActButton
        label="Throw away"
        title="Throw this message away"
        words={<p>What it would have done is never done. Who threw it away stands in the audit log.</p>}
        fields={null}
        press={() => 'Throw away'}
        ask={({ key }) =>
          askOnce(
            platform.api.deleteDeadLetter({ path: { id } }).then((answer) => ({ ...answer, data: {} })),
            key,
          )
        }
        isDoneOnce
        done={() => <>It is gone.</>}
      />
    </div>
  );
}
