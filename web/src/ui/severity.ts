/** What something means to a person who looks at it. A shape and a word always stand beside its colour. */
export type Severity = 'critical' | 'warning' | 'good' | 'unknown';

const words: Record<Severity, string> = {
  critical: 'Critical',
  warning: 'Warning',
  good: 'Good',
  unknown: 'Unknown',
};

export function severityWord(severity: Severity): string {
  return words[severity];
}
