import { Id } from './id.js';

/** A secret: in this dialog, and nowhere else. */
export function ShownOnce({ text, what }: { text: string; what: string }) {
  return (
    <>
      {what} is shown this once: copy it now. <Id id={text} whole />
    </>
  );
}
