import type { Outcome, PendingApproval } from '@smart-wallet/client';
import { askRepeated } from './ask-once.js';

type Call<Made> = Promise<{
  data?: Made | PendingApproval | undefined;
  error?: unknown;
  response?: Response | undefined;
}>;

/** The outcome of an act on a user or a token, which another admin may have to approve first: then it is done under this key. */
export async function askApproved<Made>(
  call: (headers: { 'Idempotency-Key': string }) => Call<Made>,
  key: string,
): Promise<Outcome<Made>> {
  let isPending = false;
  const asked = call({ 'Idempotency-Key': key }).then((answer) => {
    isPending = answer.response?.status === 202;
    return answer;
  });
  const outcome = await askRepeated<Made | PendingApproval>(asked, key);
  if (outcome.kind !== 'DONE') return outcome;
  return isPending
    ? { kind: 'PENDING', key, approval: outcome.value as PendingApproval }
    : { ...outcome, value: outcome.value as NonNullable<Made> };
}
