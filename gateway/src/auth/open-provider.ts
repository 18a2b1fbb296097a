import type { Logger } from 'pino';
import { ProviderKeys } from './provider-keys.js';
import { type PeopleEntry, type ProviderRules, ProviderTokens } from './provider-tokens.js';

/** The company's identity provider: where its keys are, and what its tokens must say. */
export interface ProviderConfig extends ProviderRules {
  readonly jwksUrl: URL;
}

export function openProvider({ jwksUrl, ...rules }: ProviderConfig, people: PeopleEntry, log: Logger): ProviderTokens {
  return new ProviderTokens(rules, new ProviderKeys(jwksUrl, log).find, people);
}
