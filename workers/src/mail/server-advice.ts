/** What an operator does about a mail server that mails wait for, by what it said or did not say. */
export function adviceOn(trouble: unknown): string {
  const { code, message } = (trouble ?? {}) as { code?: unknown; message?: unknown };
  const text = String(message ?? '');
  if (code === 'EAUTH') return 'it does not take our credentials: see the name and password in SMTP_URL';
  if (/certificate|altnames|self-signed|unable to verify/i.test(text)) {
    return 'it cannot prove its name: SMTP_URL has to name it as its certificate does, and NODE_EXTRA_CA_CERTS who signed that';
  }
  if (code === 'ETLS' || /STARTTLS/i.test(text)) {
    return 'it does not encrypt, and in production nothing is said to one that does not: have it offer STARTTLS, or name its smtps:// port in SMTP_URL';
  }
  return 'it is away, or does not answer: see that it runs, and that SMTP_URL names its host and port';
}
