import type { JobRunRequested } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';

/** Has a job done now. One that is under way already is told, and nothing is begun. */
export function RunJob({ name }: { name: string }) {
  const { user, platform } = useSigned();
  if (!mayAct(user)) return null;
  return (
    <ActButton<JobRunRequested>
      label="Run now"
      title={`Run ${name} now`}
      words={<p>The workers begin within seconds. Its next time stays as it is.</p>}
      fields={null}
      press={() => `Run ${name}`}
      ask={({ key }) => askOnce(platform.api.runJob({ path: { name } }), key)}
      lookFirst="Its runs tell whether it was begun: there is one at a time."
      done={() => (
        <>
          It is asked for.{' '}
          <Link to="/system/jobs/$name" params={{ name }} search={{} as never}>
            See its runs
          </Link>
        </>
      )}
    />
  );
}
