import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from '../../ui/console/loaded.js';
import { When } from '../../ui/console/when.js';

const everyMs = 10_000;

/** Which secrets sign, and until when; what they are stands nowhere. */
export function WebhookSecrets({ id }: { id: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['webhook', id, 'secrets'],
    queryFn: ({ signal }) => answered(platform.api.listWebhookSecrets({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="its secrets">
      {({ items }) => (
        <ul className="history">
          {items.map(({ createdAt, signsUntil }) => (
            <li key={createdAt}>
              {signsUntil ? 'An older one' : 'The newest one'}, made <When at={createdAt} />
              {signsUntil && (
                <>
                  : ends <When at={signsUntil} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
