import type { AlertConfig } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { refuseIfChanged } from '../../api/refuse-if-changed.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct, mayConfigure } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Facts } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { RuleFields, ruleOf } from './rule-fields.js';
import './alert-rules.css';

/** When each type of alert fires, who is told, and whether their mail arrives. */
export function AlertRulesPage() {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['alert rules'],
    queryFn: ({ signal }) => answered(platform.api.listAlertConfigs({ signal })),
  });
  return (
    <article className="sheet" aria-labelledby="rules-title">
      <header className="page-head">
        <h1 id="rules-title">When alerts fire</h1>
        <Link to="/alerts">All alerts</Link>
      </header>
      <Loaded query={query} what="when alerts fire">
        {({ items }) => (
          <ul className="rules">
            {items.map((config) => (
              <Rule key={config.alertType} config={config} />
            ))}
          </ul>
        )}
      </Loaded>
    </article>
  );
}

function Rule({ config }: { config: AlertConfig }) {
  const { user } = useSigned();
  const { alertType, enabled, severity, threshold, unit, windowMinutes, minimumSample, cooldownMinutes } = config;
  const { recipients, updatedAt, updatedBy } = config;
  return (
    <li className="rule">
      <h2>
        {stateWords(alertType)} {enabled ? <State state={severity} /> : <span className="muted">is off</span>}
      </h2>
      <Facts
        facts={{
          'Fires from': `${threshold} ${unitWords(threshold, unit)}${windowMinutes > 0 ? ` in ${windowMinutes} min` : ''}`,
          'Of at least': minimumSample > 0 ? `${minimumSample} in that time` : null,
          'Not again for': `${cooldownMinutes} min`,
          // Who only reads is not told.
          'Mailed to': mayAct(user) ? recipients.join(', ') || 'all operators and admins' : null,
          Set: (
            <Fragment>
              by {updatedBy}, <When at={updatedAt} />
            </Fragment>
          ),
        }}
      />
      <p>
        <Link to="/alerts" search={{ type: alertType } as never}>
          Those that it raised
        </Link>
      </p>
      <RuleActs config={config} />
    </li>
  );
}

function RuleActs({ config }: { config: AlertConfig }) {
  const { user, platform } = useSigned();
  const { alertType, recipients } = config;
  if (!mayConfigure(user)) return null;
  const name = stateWords(alertType);
  return (
    <div className="acts">
      <ActButton<AlertConfig>
        label="Change"
        title={`Change when \u201c${name}\u201d fires`}
        words={<p>It counts from the next time alerts are judged. An alert that is open stays open until then.</p>}
        fields={<RuleFields config={config} />}
        press={({ enabled }) => (enabled === 'off' ? 'Switch it off' : 'Set it so')}
        ask={async ({ typed, key }) => {
          await refuseIfChanged(key, async () => {
            const { items } = await answered(platform.api.listAlertConfigs());
            return items.find((each) => each.alertType === alertType)?.updatedAt === config.updatedAt;
          });
          return askOnce(platform.api.configureAlert({ body: ruleOf(config, typed) }), key);
        }}
        isDoneOnce
        done={() => <>It is judged so from now on.</>}
      />
      {recipients.length > 0 && (
        <ActButton
          label="Send a test mail"
          title={`Test the mail of \u201c${name}\u201d`}
          words={<p>A mail that says that it is a test goes to {recipients.join(', ')}.</p>}
          fields={null}
          press={() => `Mail ${recipients.length === 1 ? recipients[0] : `all ${recipients.length}`}`}
          ask={({ key }) => askOnce(platform.api.testAlert({ path: { alertType: alertType as never } }), key)}
          lookFirst="Look into the mailbox: another press mails it once more."
          done={() => <>It is on its way.</>}
        />
      )}
    </div>
  );
}

/** `1 message`, `2 messages`; signs such as `ms` stay as they are. */
function unitWords(threshold: number, unit: string): string {
  return threshold === 1 && unit.length > 2 ? unit.replace(/s$/, '') : unit;
}
