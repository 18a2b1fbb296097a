import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.js';

/** What is known of a thing, name by name. What is null is left out. */
export function Facts({ facts }: { facts: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="facts">
      {Object.entries(facts)
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** All of it, as the API says it, and copied with one press. */
export function Raw({ of, title = 'Raw' }: { of: unknown; title?: string }) {
  const text = JSON.stringify(of, null, 2);
  return (
    <details className="raw">
      <summary>{title}</summary>
      <CopyButton text={text} what="the JSON" />
      <pre>{text}</pre>
    </details>
  );
}
