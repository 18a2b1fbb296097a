import { useEffect, useRef, useState } from 'react';
import { faultWords } from '../../api/platform.js';
import { countText, plural } from '../../figures/format.js';
import { ActionButton } from '../console/action-button.js';
import { fileName, type Progress, save } from './save-file.js';

export interface Exported {
  readonly rows: number;
  readonly parts: BlobPart[];
  /** What was there then is in it. */
  readonly asOf: string;
}

interface ExportButtonProps {
  /** Of the file's name. */
  readonly what: string;
  /** What chose the rows, in words; empty: nothing did. */
  readonly filterWords: string;
  readonly read: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<Exported>;
}

/** All of it as a file, or nothing: how far it is, and then how many rows, chosen by what, as of when. */
export function ExportButton({ what, filterWords, read }: ExportButtonProps) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [end, setEnd] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  // Nobody waits for it any more on another page, with other filters or signed out.
  useEffect(() => () => running.current?.abort(), []);
  const start = async () => {
    const controller = new AbortController();
    running.current = controller;
    setEnd(null);
    setProgress({ rows: 0, of: null });
    try {
      const { rows, parts, asOf } = await read(controller.signal, setProgress);
      controller.signal.throwIfAborted();
      save(parts, fileName(what, asOf));
      setEnd(
        `${plural(rows, 'row')}${filterWords && ` (${filterWords})`}, as of ${asOf.slice(0, 19).replace('T', ' ')} UTC`,
      );
    } catch (fault) {
      setEnd(controller.signal.aborted ? 'Stopped: nothing was saved.' : faultWords(fault));
    }
    setProgress(null);
  };
  return (
    <>
      <span className="muted export-words" role="status">
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
