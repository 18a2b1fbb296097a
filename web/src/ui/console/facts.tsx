import type { ReactNode } from 'react';

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

/** All of it, as the API says it. */
export function Raw({ of }: { of: unknown }) {
  return (
    <details className="raw">
      <summary>Raw</summary>
      <pre>{JSON.stringify(of, null, 2)}</pre>
    </details>
  );
}
