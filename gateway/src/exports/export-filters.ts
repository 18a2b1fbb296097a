import { z } from 'zod';
import { transactionFilterFields, withBounds } from '../transactions/transaction-filters.js';

export const exportFilters = withBounds(
  z.strictObject({ ...transactionFilterFields, format: z.enum(['csv', 'ndjson']).default('csv') }),
);
