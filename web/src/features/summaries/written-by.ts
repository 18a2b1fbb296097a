import type { Summary } from '@smart-wallet/client';

/** A model, or the plain one that needs none. */
export function writtenBy({ summaryType, model }: Pick<Summary, 'summaryType' | 'model'>): string {
  return summaryType === 'AI' ? (model ?? 'a model') : 'figures alone';
}
