import { expect, it } from 'vitest';
import { ruleOf } from './rule-fields.js';

it('a rule is said as it was typed, an address a line', () => {
  const typed = {
    ...{ threshold: '2.5', windowMinutes: '5', minimumSample: '100', severity: 'CRITICAL', cooldownMinutes: '15' },
    ...{ recipients: 'ann@example.com\n\n bob@example.com, eve@example.com', enabled: 'off' },
  };
  expect(ruleOf({ alertType: 'FAILURE_RATE' }, typed)).toEqual({
    ...{ alertType: 'FAILURE_RATE', threshold: 2.5, windowMinutes: 5, minimumSample: 100, severity: 'CRITICAL' },
    ...{ recipients: ['ann@example.com', 'bob@example.com', 'eve@example.com'], cooldownMinutes: 15, enabled: false },
  });
});
