import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { RunJob } from './run-job.js';

const everyMs = 2_000;

/** What is done at set times: when, how the last run ended, when the next is due. */
export function Jobs() {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['jobs'],
    queryFn: ({ signal }) => answered(platform.api.listJobs({ signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="the jobs">
      {({ items }) =>
        items.length === 0 ? (
          <p className="muted">None: a worker says what there is to do when it starts.</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no wheel scrolls it with the keys.
          <section className="wide-table" aria-label="Jobs, as a table" tabIndex={0}>
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">Job</th>
                  <th scope="col">Schedule</th>
                  <th scope="col">Last run</th>
                  <th scope="col">Next</th>
                  <th scope="col" aria-label="Acts" />
                </tr>
              </thead>
              <tbody>
                {items.map(({ name, schedule, lastRun, nextRun }) => (
                  <tr key={name}>
                    <td>
                      <Link to="/system/jobs/$name" params={{ name }} search={{} as never}>
                        {name}
                      </Link>
                    </td>
                    <td className="mono">{schedule}</td>
                    <td>
                      {lastRun ? (
                        <>
                          <State state={lastRun.status} /> <When at={lastRun.finishedAt ?? lastRun.dueAt} />
                        </>
                      ) : (
                        'never'
                      )}
                    </td>
                    <td>
                      <When at={nextRun} />
                    </td>
                    <td>
                      <RunJob name={name} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )
      }
    </Loaded>
  );
}
