/** Of a recorded transaction: it is written once, final. */
export const transactionStatuses = ['SUCCESS', 'FAILED'] as const;
export type TransactionStatus = (typeof transactionStatuses)[number];
