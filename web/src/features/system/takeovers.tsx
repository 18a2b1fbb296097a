import type { Takeover } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { plural } from '../../figures/format.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { Loaded } from '../../ui/console/loaded.js';
import { When } from '../../ui/console/when.js';
import { runsOf } from './engines.js';

const everyMs = 5_000;
const firstShown = 8;

/** Who took partitions from whom, newest first. */
export function Takeovers() {
  const { platform } = useSigned();
  const [isAll, setAll] = useState(false);
  const query = useQuery({
    queryKey: ['takeovers'],
    queryFn: ({ signal }) => answered(platform.api.listTakeovers({ signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="the takeovers">
      {({ items }) => (
        <>
          {items.length === 0 && <p className="muted">No engine has ever taken a partition.</p>}
          <ul className="history">
            {items.slice(0, isAll ? items.length : firstShown).map((takeover) => (
              <li key={`${takeover.at} ${takeover.to.engineId} ${takeover.partitions[0]}`}>
                {takeoverWords(takeover)}, <When at={takeover.at} />
                <span className="muted"> ({runsOf(takeover.partitions)})</span>
              </li>
            ))}
          </ul>
          {items.length > firstShown && !isAll && (
            <ActionButton onPress={() => setAll(true)}>Show all {items.length}</ActionButton>
          )}
        </>
      )}
    </Loaded>
  );
}

function takeoverWords({ partitions, from, to }: Takeover): string {
  const count = plural(partitions.length, 'partition');
  if (from === null) return `${to.name} took ${count} that nobody had`;
  if (from.engineId === to.engineId) return `${to.name} made sure of ${count} of its own`;
  return `${to.name} took ${count} from ${from.name}`;
}
