import type { DigestMail } from '@smart-wallet/client';

/** Of the frame alone, beside the console's own policy, which it inherits: it loads nothing and sends nothing. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";

/** The mail's page with its images in it, for a frame without rights. Images are those that came with it, and no others. */
export function framedPage({ html, images }: Pick<DigestMail, 'html' | 'images'>): string {
  const withImages = images.reduce(
    (page, { contentId, contentType, content }) =>
      page.replaceAll(`"cid:${contentId}"`, `"data:${contentType};base64,${content}"`),
    html ?? '',
  );
  const meta = `<meta http-equiv="content-security-policy" content="${policy}">`;
  const head = withImages.indexOf('<head>');
  return head === -1 ? meta + withImages : `${withImages.slice(0, head + 6)}${meta}${withImages.slice(head + 6)}`;
}
