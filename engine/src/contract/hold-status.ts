/** An OPEN hold may be captured, in part or whole. The others are final. */
export const holdStatuses = ['OPEN', 'CAPTURED', 'VOIDED', 'EXPIRED'] as const;
export type HoldStatus = (typeof holdStatuses)[number];
