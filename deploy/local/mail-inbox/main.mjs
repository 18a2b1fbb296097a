// @ts-check
import { startMailInbox } from './mail-inbox.mjs';

const { MAIL_FOLDER: folder, MAIL_SMTP_PORT, MAIL_HTTP_PORT } = process.env;
if (!folder) throw new Error('MAIL_FOLDER is not set');

const inbox = await startMailInbox({ folder, smtpPort: Number(MAIL_SMTP_PORT), httpPort: Number(MAIL_HTTP_PORT) });
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    await inbox.close();
    process.exit(0);
  });
}
