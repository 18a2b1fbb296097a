// @ts-check

/** @typedef {import('./read-message.mjs').Message} Message */

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
td{overflow-wrap:anywhere}th,time{white-space:nowrap}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
iframe{box-sizing:border-box;width:100%;height:48rem;border:1px solid #8884;background:#fff}
@media (max-width:40rem){thead{display:none}td,th{display:block;border:0;padding:0}tr{display:block;padding:.5rem 0;border-bottom:1px solid #8884}}`;

/** @param {Message[]} messages newest first */
export function listPage(messages) {
  const rows = messages.map(
    ({ id, to, subject, date }) =>
      `<tr><td><a href="/messages/${id}">${escaped(subject || '(no subject)')}</a></td><td>${escaped(to.join(', '))}</td><td>${time(date)}</td></tr>`,
  );
  const table = `<table><thead><tr><th>Subject</th><th>To</th><th>Date</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return page('Inbox', `<h1>Inbox</h1>${messages.length > 0 ? table : '<p>No mail has come yet.</p>'}`);
}

/** @param {Message} message */
export function messagePage({ id, from, to, subject, date, headers, text, html, attachments }) {
  const about = Object.entries({ From: from, To: to.join(', '), Date: date ?? '' });
  const files = attachments.map(
    ({ filename, contentType, size }) =>
      `<li>${escaped(filename ?? '(no name)')}: ${escaped(contentType)}, ${size} bytes</li>`,
  );
  return page(
    subject,
    [
      `<p><a href="/">Inbox</a> · <a href="/api/messages/${id}/raw">as it came</a></p>`,
      `<h1>${escaped(subject || '(no subject)')}</h1>${table(about)}`,
      html === null
        ? ''
        : `<h2>HTML</h2><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail as HTML" src="/messages/${id}/html"></iframe>`,
      text === null ? '' : `<h2>Text</h2><pre>${escaped(text)}</pre>`,
      files.length > 0 ? `<h2>Attachments</h2><ul>${files.join('')}</ul>` : '',
      `<h2>Headers</h2>${table(Object.entries(headers))}`,
    ].join(''),
  );
}

/** @param {string | null} date */
function time(date) {
  return date === null ? '' : `<time>${escaped(date.slice(0, 19).replace('T', ' '))} UTC</time>`;
}

/** @param {[string, string][]} rows */
function table(rows) {
  return `<table>${rows.map(([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('')}</table>`;
}

/** @param {string} title @param {string} body */
function page(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
