import type { Summary } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { When } from '../../ui/console/when.js';
import { TellDay } from './summary-list.js';
import { writtenBy } from './written-by.js';

const everyMs = 5_000;
const versionsMax = 10;

/** What was told of a day: the newest counts, those of before stand below. */
export function SummaryPage() {
  const { id: day } = useParams({ from: '/summaries/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['summary', day],
    queryFn: ({ signal }) =>
      answered(platform.api.listSummaries({ query: { from: day, to: day, limit: versionsMax }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title={`Summary of ${day}`} backTo="/summaries">
      <Loaded query={query} what="this summary">
        {({ items: [newest, ...earlier] }) => (
          <>
            {newest ? <Told summary={newest} /> : <Notice title="This day has not been told yet" />}
            <div className="acts">
              <TellDay date={day} />
            </div>
            {newest && <Raw of={newest.facts} title="The figures that it rests on" />}
            {earlier.length > 0 && <h3>Told before</h3>}
            {earlier.map((each) => (
              <details key={each.summaryId} className="raw">
                <summary>
                  {writtenBy(each)}, <When at={each.createdAt} />
                </summary>
                <p className="prose">{each.content}</p>
              </details>
            ))}
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

function Told({ summary }: { summary: Summary }) {
  return (
    <>
      <p className="prose">{summary.content}</p>
      <Facts
        facts={{
          'Written by': writtenBy(summary),
          'Why not a model': summary.reason,
          Written: <When at={summary.createdAt} />,
        }}
      />
    </>
  );
}
