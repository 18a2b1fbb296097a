import { firesAt, type Rule } from './alert-rule.js';

export interface OwnershipViews {
  /** Of each gateway that was heard lately: for how many seconds it has seen no live owner of a partition. */
  readonly views: readonly Readonly<Record<string, number>>[];
}

const partitionsShown = 10;

/** For how long the worst partition has had no live owner. One gateway that cannot hear engines is no proof: all must see it so. */
export const partitionWithoutOwner: Rule<OwnershipViews> = ({ views }, terms) => {
  const [first, ...others] = views;
  if (first === undefined) return [];
  const seen = Object.entries(first)
    .map(([partition, seconds]) => {
      const all = [seconds, ...others.map((view) => view[partition] ?? 0)];
      return { partition: Number(partition), seconds: Math.min(...all) };
    })
    .filter(({ seconds }) => seconds >= terms.threshold)
    .sort((a, b) => b.seconds - a.seconds || a.partition - b.partition);
  const value = seen[0]?.seconds ?? 0;
  const partitions = seen.map(({ partition }) => partition);
  const some = partitions.slice(0, partitionsShown).join(', ') + (partitions.length > partitionsShown ? ', …' : '');
  const which = partitions.length === 1 ? `partition ${some} has` : `${partitions.length} partitions (${some}) have`;
  return firesAt(value, terms, `${which} had no live owner for ${value} s: their wallets cannot pay`, { partitions });
};
