interface HeardEngine {
  readonly engineId: string;
  readonly standsBy: boolean;
}

/** Those that own partitions, by the tables, and those that wait to take over, as far as the gateway hears any. */
export function enginesWords(
  active: readonly { readonly engineId: string }[],
  heard: { readonly engines: readonly HeardEngine[] } | null,
): string {
  const owners = new Set(active.map(({ engineId }) => engineId));
  const standingBy = (heard?.engines ?? []).filter(
    ({ engineId, standsBy }) => standsBy && !owners.has(engineId),
  ).length;
  return `${active.length} active${standingBy > 0 ? `, ${standingBy} standing by` : ''}`;
}
