import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lettersWords, useLettersWaiting } from '../../api/letters-waiting.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { durationText, plural } from '../../figures/format.js';
import { Facts } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { enginesWords } from './engines-words.js';

const everyMs = 5_000;

/** Whether all partitions have an owner, how far events are behind, and when the books were last checked. */
export function PlatformNow() {
  const { platform } = useSigned();
  const deadLetters = useLettersWaiting();
  const query = useQuery({
    queryKey: ['overview', 'platform'],
    queryFn: async ({ signal }) => {
      const [system, runs] = await Promise.all([
        answered(platform.api.readSystem({ signal })),
        answered(platform.api.listReconciliations({ query: { limit: 1 }, signal })),
      ]);
      return { system, run: runs.items[0] ?? null };
    },
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="the platform’s state">
      {({ system: { engines, partitions, gateways, workers, relay, heard }, run }) => {
        const orphans = partitions.filter(({ engineId }) => engineId === null).length;
        return (
          <Facts
            facts={{
              Engines: enginesWords(engines, heard),
              Partitions:
                orphans === 0
                  ? `all ${partitions.length} have an owner`
                  : `${orphans} of ${partitions.length} without owner`,
              Gateways: plural(gateways.length, 'gateway'),
              Workers: workers.length === 0 ? 'none runs' : plural(workers.length, 'program'),
              Events: `${durationText(relay.lagSeconds * 1_000)} behind`,
              'Dead letters':
                deadLetters === null ? (
                  'not known'
                ) : deadLetters === 0 ? (
                  '0'
                ) : (
                  <Link to="/dead-letters">{lettersWords(deadLetters)}</Link>
                ),
              'Books checked':
                run === null ? (
                  'never'
                ) : (
                  <>
                    <State state={run.status} /> <When at={run.finishedAt ?? run.requestedAt} />
                  </>
                ),
            }}
          />
        );
      }}
    </Loaded>
  );
}
