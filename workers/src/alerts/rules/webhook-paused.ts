import { type Rule, subjectsMax } from './alert-rule.js';

export interface PausedWebhooks {
  readonly paused: readonly { readonly webhookId: string; readonly url: string }[];
}

/** One alert an endpoint: each has somebody else to call. A threshold above one waits for so many to be paused. */
export const webhookPaused: Rule<PausedWebhooks> = ({ paused }, { threshold }) =>
  paused.length < threshold
    ? []
    : paused.slice(0, subjectsMax).map(({ webhookId, url }) => ({
        subject: webhookId,
        value: paused.length,
        says: `the webhook endpoint ${url} does not answer and is paused: its events wait`,
        details: { webhookId, url },
      }));
