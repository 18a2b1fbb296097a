import { inlineSource, pageHeaders } from '../http/page-headers.js';

const style = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }
td { padding-right: 1rem; vertical-align: top }
`;

/** Of a page of plain text and tables. */
export const textPageHeaders = {
  ...pageHeaders({ 'style-src': inlineSource(style) }),
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'max-age=3600',
};

/** `body` is HTML. */
export function textPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)} · Smart Wallet</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
