import { hash } from 'node:crypto';

/**
 * Who should own a partition: the member with the highest hash of member and partition (rendezvous hashing). All engines
 * come to the same answer without talking, and when one joins or leaves only its own partitions move.
 */
export function desiredOwner(partition: number, members: readonly string[]): string | undefined {
  if (members.length < 2) return members[0];
  let best: string | undefined;
  let bestScore = '';
  for (const member of members) {
    const score = hash('sha256', `${member}:${partition}`, 'hex');
    if (score > bestScore) {
      best = member;
      bestScore = score;
    }
  }
  return best;
}
