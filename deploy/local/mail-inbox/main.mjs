// @ts-check
import { startMailInbox } from './mail-inbox.mjs';

const { MAIL_FOLDER: folder, MAIL_HOST: host, MAIL_SMTP_PORT, MAIL_HTTP_PORT } = process.env;
if (!folder) throw new Error('MAIL_FOLDER is not set');

const [smtpPort, httpPort] = [Number(MAIL_SMTP_PORT), Number(MAIL_HTTP_PORT)];
const inbox = await startMailInbox({ folder, host, smtpPort, httpPort });
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    await inbox.close();
    process.exit(0);
  });
}
