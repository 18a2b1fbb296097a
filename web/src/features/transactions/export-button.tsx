import { useRef, useState } from 'react';
import { faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { countText, plural } from '../../figures/format.js';
import { ActionButton } from '../../ui/console/action-button.js';
import type { FilterValues } from '../../ui/list/filters.js';
import { type ExportProgress, exportTransactions } from './export-transactions.js';

/** The list as a file, whole: how far it is, and how much it was. */
export function ExportButton({ values }: { values: FilterValues }) {
  const { session } = useSigned();
  const [progress, setProgress] = useState<ExportProgress | null>(null);
  const [end, setEnd] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  const start = async () => {
    const controller = new AbortController();
    running.current = controller;
    setEnd(null);
    setProgress({ rows: 0, of: null });
    try {
      const { rows, asOf } = await exportTransactions({
        ...{ values, token: await session.token(null), signal: controller.signal, onProgress: setProgress },
      });
      setEnd(`${plural(rows, 'row')}, as of ${asOf}`);
    } catch (fault) {
      setEnd(controller.signal.aborted ? 'Stopped: nothing was saved.' : faultWords(fault));
    }
    setProgress(null);
  };
  return (
    <>
      <span className="muted" role="status">
        {progress && `${countText(progress.rows)}${progress.of === null ? '' : ` of ${countText(progress.of)}`} rows`}
        {end}
      </span>
      {progress ? (
        <ActionButton onPress={() => running.current?.abort()}>Stop</ActionButton>
      ) : (
        <ActionButton onPress={start}>Export CSV</ActionButton>
      )}
    </>
  );
}
