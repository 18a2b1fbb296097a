/** What a token lets its bearer do. */
export const roles = [
  /** Looks at the live stream, and nothing else. */
  'display',
  /** Creates and reads wallets, moves money, reads transactions. */
  'service',
  /** Reads everything. */
  'viewer',
  /** Reads everything, does what a service may, and acts. */
  'operator',
  /** An operator who also configures. */
  'admin',
] as const;
export type Role = (typeof roles)[number];
