import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { shortId } from '../../figures/format.js';

const saidForMs = 1_500;

/** An id, shortened in the middle; copied whole with one click. */
export function Id({ id, whole = false }: { id: string; whole?: boolean }) {
  const [copied, setCopied] = useState<'COPIED' | 'FAILED' | null>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(null), saidForMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => setCopied('COPIED'),
      () => setCopied('FAILED'),
    );
  return (
    <span className="id">
      <span className="mono" title={id}>
        {whole ? id : shortId(id)}
      </span>
      <Button className="copy" aria-label={`Copy ${id}`} onPress={copy}>
        {copied === null ? 'Copy' : copied === 'COPIED' ? 'Copied' : 'Not allowed'}
      </Button>
    </span>
  );
}
