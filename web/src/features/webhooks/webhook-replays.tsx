import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { plural } from '../../figures/format.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

const shownMax = 10;
const everyMs = 2_000;

/** What was asked for once more, and how far that is. */
export function WebhookReplays({ id }: { id: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['webhook', id, 'replays'],
    queryFn: ({ signal }) =>
      answered(platform.api.listWebhookReplays({ path: { id }, query: { limit: shownMax }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="its replays">
      {({ items }) =>
        items.length === 0 ? (
          <p className="muted">Nobody asked for anything once more.</p>
        ) : (
          <ul className="history">
            {items.map((replay) => (
              <li key={replay.replayId}>
                <State state={replay.status === 'PENDING' ? 'UNDER_WAY' : replay.status} />{' '}
                {replay.status === 'PENDING' && (
                  <progress value={replay.progress} max={1} aria-label="How far it has come">
                    {Math.floor(replay.progress * 100)} %
                  </progress>
                )}{' '}
                {plural(replay.deliveries, 'message')} of {clock(replay.from)} to {clock(replay.to)} UTC
                <span className="muted">
                  , asked for by {replay.requestedBy} <When at={replay.requestedAt} />
                  {replay.error && `: ${replay.error}`}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function clock(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}
