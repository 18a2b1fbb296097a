// @ts-check

/**
 * What befalls a primary, and how it ends.
 * @typedef {{
 *   what: string,
 *   strike: (primary: import('./patroni-node.mjs').PatroniNode, to: string) => Promise<void> | void,
 *   mend: (primary: import('./patroni-node.mjs').PatroniNode) => void,
 * }} Fault
 *   `to`: the synchronous standby
 */

/** @satisfies {Record<string, Fault>} */
export const FAULTS = {
  killed: {
    what: 'Postgres and Patroni killed at once (SIGKILL)',
    strike: (primary) => primary.kill(),
    mend: (primary) => primary.start(),
  },
  frozen: {
    what: 'all its processes stopped (SIGSTOP), and woken up when the others had gone on',
    strike: (primary) => primary.freeze(),
    mend: (primary) => primary.thaw(),
  },
  cut: {
    what: 'cut off from etcd, its standbys and the platform, and back on the network later',
    strike: (primary) => primary.cut(),
    mend: (primary) => primary.heal(),
  },
  crashed: {
    what: 'Postgres killed, its Patroni alive',
    strike: (primary) => primary.crash(),
    mend: () => {},
  },
  planned: {
    what: 'asked to hand over to its standby',
    strike: (primary, to) => primary.switchOver(to),
    mend: () => {},
  },
};

/** @typedef {keyof typeof FAULTS} FaultName */

export const FAULT_NAMES = /** @type {FaultName[]} */ (Object.keys(FAULTS));
