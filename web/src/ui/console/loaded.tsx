import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { faultWords, isFinal } from '../../api/platform.js';
import { staleFault } from '../../api/stale-fault.js';
import { ageText } from '../../figures/format.js';
import { ActionButton } from './action-button.js';
import { Notice } from './notice.js';
import { useNow } from './use-now.js';

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  /** What it is, in a sentence: `this wallet`. */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}

/** What was read, once it was; dimmed, with its age, when it cannot be read anew. */
export function Loaded<Data>({ query, what, children }: LoadedProps<Data>) {
  const { data, error, failureReason, isPending, refetch, dataUpdatedAt } = query;
  if (isPending) {
    return (
      <div className="skeleton" role="status">
        <span className="sr-only">Loading {what}</span>
        <i />
        <i />
        <i />
        {failureReason && <p className="muted">{faultWords(failureReason)}</p>}
      </div>
    );
  }
  if (data === undefined) {
    const again = !isFinal(error) && <ActionButton onPress={() => void refetch()}>Try again</ActionButton>;
    return (
      <Notice severity="critical" title={`Cannot read ${what}`} action={again}>
        {faultWords(error)}
      </Notice>
    );
  }
  const fault = staleFault(query);
  return (
    <>
      {fault !== null && <Stale sinceMs={dataUpdatedAt} words={faultWords(fault)} />}
      <div className={fault !== null ? 'is-stale' : 'is-live'}>{children(data)}</div>
    </>
  );
}

function Stale({ sinceMs, words }: { sinceMs: number; words: string }) {
  const nowMs = useNow();
  return (
    <Notice severity="unknown" title={`As of ${ageText(nowMs - sinceMs)} ago`}>
      {words}
    </Notice>
  );
}
