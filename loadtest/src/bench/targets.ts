/** What a figure is to be, beside what it is. */
export interface Target {
  name: string;
  value: number;
  /** The value is to be at least this, or at most. */
  bound: number;
  at: 'least' | 'most';
  /** What would be better still. */
  wanted?: number;
  unit?: 'ms';
}

export function isMet({ value, bound, at }: Target): boolean {
  return at === 'least' ? value >= bound : value <= bound;
}

/** A table of them, the names in one column; nothing of none. */
export function targetLines(targets: readonly Target[]): string[] {
  if (targets.length === 0) return [];
  return [
    `${'target'.padEnd(nameWidth)}${'measured'.padStart(12)}  target`,
    ...targets.map((target) => {
      const { name, value, bound, at, wanted } = target;
      const better = wanted === undefined ? '' : ` (${text(wanted, target)} wanted)`;
      const measured = text(value, target).padStart(12);
      return `${name.padEnd(nameWidth)}${measured}  ${at === 'least' ? '≥' : '≤'} ${text(bound, target)}${better}   ${isMet(target) ? 'met' : 'MISSED'}`;
    }),
  ];
}

/** As it stands in JSON. */
export function targetsJson(targets: readonly Target[]): object[] {
  return targets.map((target) => ({ ...target, met: isMet(target) }));
}

const nameWidth = 58;

function text(value: number, { unit }: Target): string {
  return unit === undefined ? value.toFixed(2) : `${value.toFixed(2)} ${unit}`;
}
