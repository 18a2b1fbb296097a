/** Of the digest's page, as it is mailed. The console shows it under a policy that lets in this style and no other. */
export const digestStyle = `body{margin:0;padding:24px;background:#f1f3f6;color:#16191d;font:15px/1.5 Inter,-apple-system,Segoe UI,Roboto,Arial,sans-serif}
main{display:block;max-width:720px;margin:0 auto;background:#fff;border-radius:8px;padding:28px 32px}
h1{font-size:24px;line-height:1.25;margin:0 0 6px}h2{font-size:16px;margin:32px 0 6px}p{margin:4px 0;color:#4c545e}
.verdict{margin:16px 0;padding:12px 14px;border-left:4px solid #1f7a4d;border-radius:4px;background:#e8f3ed;color:#16191d;font-weight:600}
.verdict.bad{border-color:#c0352b;background:#fbeae8}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 16px 6px 0;border-bottom:1px solid #dfe2e6;vertical-align:top}
th{font-weight:500;font-size:13px;color:#4c545e;vertical-align:bottom}th:last-child,td:last-child{padding-right:0}
.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}
.i{font:13px/1.6 ui-monospace,Menlo,Consolas,monospace;word-break:break-all}.w{overflow-wrap:break-word;white-space:pre-line}
img{display:block;width:100%;height:auto;margin-top:20px}a{color:#1f5fa8}
.m{margin-top:32px}
@media (max-width:600px){body{padding:0}main{border-radius:0;padding:20px 16px}h2{margin-top:28px}
th,td{padding-right:10px;font-size:13px}th,.i{font-size:11px}}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e9ebee}main{background:#1d2126}p,th{color:#a9b1bb}
th,td{border-color:#3a4048}a{color:#8fbdf0}.verdict{background:#173226;color:#e9ebee}.verdict.bad{background:#43211f}}`;
