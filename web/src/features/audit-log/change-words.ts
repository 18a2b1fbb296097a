type Facts = Readonly<Record<string, unknown>> | null;

/** What an act changed, name by name: `status ACTIVE → SUSPENDED`. What it left as it was is left out. */
export function changeWords(before: Facts, after: Facts): string {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .filter((name) => text(before?.[name]) !== text(after?.[name]))
    .map((name) =>
      before === null
        ? `${name} ${text(after?.[name])}`
        : `${name} ${text(before[name])} \u2192 ${text(after?.[name])}`,
    )
    .join(', ');
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '\u2013';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
