import type { DigestMail } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { framedPage } from './framed-page.js';
import { SendDigest } from './send-digest.js';
import './digests.css';

const everyMs = 3_000;

/** A digest as it was mailed, in a frame that runs nothing. */
export function DigestPage() {
  const { id } = useParams({ from: '/digests/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['digest', id, 'mail'],
    queryFn: ({ signal }) => answered(platform.api.getDigestMail({ path: { id }, signal })),
    // It may not be made yet.
    refetchInterval: ({ state }) => (state.data ? false : everyMs),
  });
  return (
    <Drawer title="Digest" backTo="/digests">
      <Loaded query={query} what="its mail">
        {(mail) => <Mail mail={mail} />}
      </Loaded>
      <div className="acts">
        <SendDigest />
      </div>
    </Drawer>
  );
}

function Mail({ mail }: { mail: DigestMail }) {
  return (
    <>
      <Facts facts={{ Subject: mail.subject }} />
      {mail.html === null && mail.text === null && (
        <Notice title="It is not kept any more">
          Mails that were sent are kept for some days. Have it sent again to see it.
        </Notice>
      )}
      {mail.html !== null && (
        <iframe className="digest-frame" title="The digest as it was mailed" sandbox="" srcDoc={framedPage(mail)} />
      )}
      {mail.text !== null && (
        <details className="raw" open={mail.html === null}>
          <summary>As plain text</summary>
          <pre>{mail.text}</pre>
        </details>
      )}
    </>
  );
}
