/** Whether an Accept header asks for a media type rather than for JSON, which is answered else. */
export function prefers(accept: string | undefined, type: string): boolean {
  if (accept === undefined) return false;
  const wanted = qualityOf(accept, type);
  return wanted > 0 && wanted >= qualityOf(accept, 'application/json');
}

/** Of what the header names itself: who takes anything gets JSON. */
function qualityOf(accept: string, type: string): number {
  for (const range of accept.split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
  }
  return 0;
}
