import { type Severity, severityWord } from './severity.js';

const paths: Record<Severity, string> = {
  critical: 'M12 2.5 23 21.5H1Z',
  warning: 'M12 1 23 12 12 23 1 12Z',
  good: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18Z',
  unknown: 'M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20ZM12 6a6 6 0 1 1 0 12a6 6 0 1 1 0-12Z',
};

/** The shape of a meaning: it says without colour what the colour says. The word beside it is the caller's. */
export function Shape({ severity }: { severity: Severity }) {
  return (
    <svg className={`shape shape-${severity}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[severity]} fillRule="evenodd" />
    </svg>
  );
}

/** A shape and its word, which is read out. */
export function Mark({ severity }: { severity: Severity }) {
  return (
    <>
      <Shape severity={severity} />
      <span className="sr-only">{severityWord(severity)}: </span>
    </>
  );
}

/** From one wallet to another; read out as "to". */
export function Arrow() {
  return (
    <>
      <svg className="arrow" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M3 12h17m-6-6 6 6-6 6" />
      </svg>
      <span className="sr-only"> to </span>
    </>
  );
}
