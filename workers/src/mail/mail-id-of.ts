const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The mail that a message names. Null: it names none. */
export function mailIdOf(body: unknown): string | null {
  const mailId = (body as { mailId?: unknown } | null | undefined)?.mailId;
  return typeof mailId === 'string' && uuid.test(mailId) ? mailId : null;
}
