import { expect, it } from 'vitest';
import { framedPage } from './framed-page.js';

it('a mail’s page carries a policy that loads nothing, before anything else, and its own images', () => {
  const html =
    '<!doctype html><html><head><title>x</title></head><body><img src="cid:chart"><img src="cid:other"></body></html>';
  const page = framedPage({ html, images: [{ contentId: 'chart', contentType: 'image/png', content: 'AAAA' }] });
  expect(page).toMatch(
    /^<!doctype html><html><head><meta http-equiv="content-security-policy" content="default-src 'none';/,
  );
  expect(page).toContain('<img src="data:image/png;base64,AAAA"><img src="cid:other">');
  expect(framedPage({ html: '<p>x</p>', images: [] })).toMatch(
    /^<meta http-equiv="content-security-policy".*<p>x<\/p>$/,
  );
});
