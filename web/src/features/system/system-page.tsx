import './system.css';
import type { System } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { durationText, plural } from '../../figures/format.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Broker } from './broker.js';
import { EngineTable } from './engine-table.js';
import { GatewayTable } from './gateway-table.js';
import { Jobs } from './jobs.js';
import { PartitionMap } from './partition-map.js';
import { Takeovers } from './takeovers.js';

const everyMs = 2_000;

/** What runs, who owns what, what waits where, and what is done at set times. */
export function SystemPage() {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => answered(platform.api.readSystem({ signal })),
    refetchInterval: everyMs,
  });
  return (
    <article className="sheet system" aria-labelledby="system-title">
      <header className="page-head">
        <h1 id="system-title">System</h1>
        <a href="/wallboard">Wallboard</a>
      </header>
      <Loaded query={query} what="what runs">
        {(system) => <Running system={system} />}
      </Loaded>
      <h2>Takeovers</h2>
      <Takeovers />
      <h2>Jobs</h2>
      <Jobs />
    </article>
  );
}

function Running({ system }: { system: System }) {
  const { workers, versions, relay, deadLetters } = system;
  return (
    <>
      <h2>Engines</h2>
      <EngineTable system={system} />
      <h2>Partitions</h2>
      <PartitionMap system={system} />
      <h2>Gateways</h2>
      <GatewayTable system={system} />
      <h2>Broker</h2>
      <Facts
        facts={{
          Events: `${durationText(relay.lagSeconds * 1_000)} behind the ledger, ${plural(relay.lagBatches, 'batch').replace('batchs', 'batches')}`,
          Relay: relay.holder ?? 'nobody relays',
          // They leave the broker for the table that the page of dead letters shows.
          'Dead letters on their way': (
            <Link to="/dead-letters">{deadLetters === null ? 'not known' : plural(deadLetters, 'message')}</Link>
          ),
        }}
      />
      <Broker system={system} />
      <h2>Versions</h2>
      <Facts
        facts={{
          ...versions,
          ...Object.fromEntries(
            workers.map(({ name, version, parts }) => [
              name,
              `${version}: ${parts.length === 0 ? 'no part' : parts.join(', ')}`,
            ]),
          ),
        }}
      />
      <Raw of={system} />
    </>
  );
}
