import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';

const saidForMs = 1_500;

/** Copies a text, and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState<'COPIED' | 'FAILED' | null>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(null), saidForMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied('COPIED'),
      () => setCopied('FAILED'),
    );
  return (
    <Button className="copy" aria-label={`Copy ${what}`} onPress={copy}>
      {copied === null ? 'Copy' : copied === 'COPIED' ? 'Copied' : 'Not allowed'}
    </Button>
  );
}
