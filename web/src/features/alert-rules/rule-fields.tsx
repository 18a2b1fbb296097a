import type { AlertConfig } from '@smart-wallet/client';
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import type { Typed } from '../../ui/console/act-attempts.js';

/** What may be said of a rule. */
export function RuleFields({ config }: { config: AlertConfig }) {
  const { threshold, unit, windowMinutes, minimumSample, severity, cooldownMinutes, recipients, enabled } = config;
  return (
    <>
      <label className="field">
        <span>Judged</span>
        <select name="enabled" defaultValue={enabled ? 'on' : 'off'}>
          <option value="on">on</option>
          <option value="off">off</option>
        </select>
      </label>
      <Figure name="threshold" label={`Fires from (${unit})`} value={threshold} />
      <Figure name="windowMinutes" label="Looked at (minutes)" value={windowMinutes} />
      <Figure name="minimumSample" label="Of at least (in that time)" value={minimumSample} />
      <label className="field">
        <span>Severity</span>
        <select name="severity" defaultValue={severity}>
          {['CRITICAL', 'WARNING', 'INFO'].map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <Figure name="cooldownMinutes" label="Not again for (minutes)" value={cooldownMinutes} />
      <TextField name="recipients" className="field" defaultValue={recipients.join('\n')}>
        <Label>Mailed to</Label>
        <TextArea rows={3} />
        <Text slot="description" className="muted">
          An address a line, twenty at most.
        </Text>
      </TextField>
    </>
  );
}

function Figure({ name, label, value }: { name: string; label: string; value: number }) {
  return (
    <TextField name={name} className="field" isRequired defaultValue={String(value)}>
      <Label>{label}</Label>
      <Input inputMode="decimal" pattern="\d+(\.\d+)?" title="A number" autoComplete="off" />
    </TextField>
  );
}

/** What was typed, as the API takes it: it says what is wrong with it. */
export function ruleOf({ alertType }: Pick<AlertConfig, 'alertType'>, typed: Typed) {
  const number = (name: string) => Number(typed[name]);
  return {
    alertType: alertType as never,
    threshold: number('threshold'),
    windowMinutes: number('windowMinutes'),
    minimumSample: number('minimumSample'),
    severity: (typed.severity ?? 'WARNING') as 'CRITICAL' | 'WARNING' | 'INFO',
    recipients: (typed.recipients ?? '').split(/[\s,;]+/).filter((address) => address !== ''),
    cooldownMinutes: number('cooldownMinutes'),
    enabled: typed.enabled !== 'off',
  };
}
