import type { ReactNode } from 'react';
import type { Severity } from '../severity.js';
import { Mark } from '../shape.js';

interface NoticeProps {
  readonly title: string;
  readonly severity?: Severity;
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

/** Words where rows or figures would stand: there is nothing, or what went wrong and what to do. */
export function Notice({ title, severity, action, children }: NoticeProps) {
  return (
    <div
      className={`notice${severity ? ` notice-${severity}` : ''}`}
      role={severity === 'critical' ? 'alert' : 'status'}
    >
      <p className="notice-title">
        {severity && <Mark severity={severity} />}
        {title}
      </p>
      {children && <p className="notice-words">{children}</p>}
      {action}
    </div>
  );
}
