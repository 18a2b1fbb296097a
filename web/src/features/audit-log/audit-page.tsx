import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

/** One act: who did what to what, why, and what it was before and after. */
export function AuditPage() {
  const { id } = useParams({ from: '/audit/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['audit row', id],
    queryFn: ({ signal }) => answered(platform.api.getAuditRow({ path: { id }, signal })),
    // Nobody can change it.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Drawer title={query.data ? stateWords(query.data.action) : 'Audit row'} backTo="/audit">
      <Loaded query={query} what="this row">
        {(row) => (
          <>
            <Facts
              facts={{
                When: <When at={row.at} />,
                Who: <Id id={row.actor} whole />,
                'To what': <Id id={row.subject} whole />,
                Why: row.reason ?? <span className="muted">no reason was given</span>,
                'Trace id': row.traceId && <Id id={row.traceId} />,
                Row: row.auditId,
              }}
            />
            <h3>What changed</h3>
            <Change before={row.before} after={row.after} />
            <Raw of={row} />
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

type State = Readonly<Record<string, unknown>> | null;

function Change({ before, after }: { before: State; after: State }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return <p className="muted">Nothing that is kept apart from the act.</p>;
  return (
    <table className="t-account change">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{words(before?.[name])}</td>
            <td>{words(after?.[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function words(value: unknown): string {
  if (value === undefined || value === null) return '\u2013';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
