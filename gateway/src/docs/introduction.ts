import { problemTable } from '../http/problem-schema.js';

/** What somebody reads first who has never called the API. The codes come last. */
export function introduction(): string {
  return `Moves money between wallets. An answer means that it is committed; asked again with the same key, it is the same answer.

### Begin here

1. **A token.** \`npm start\` prints one, and writes it to \`.local/stack.json\`. Send it with every call as \`Authorization: Bearer …\`;
   here, press *Authorize* and paste it. A service of yours gets one of its own from \`POST /api/auth/token\`. Each call lists the roles
   of which the token needs one.
2. **Two wallets, with money in one.** \`POST /api/wallets\` with \`{"currency": "EUR", "status": "ACTIVE"}\`, twice, then
   \`POST /api/wallets/{id}/deposits\`.
3. **A payment.** The answer 201 is final: there is nothing to poll for. (A person who asks for a large one is answered 202: another
   person has to approve it first. Asked again with the same key, it says what became of it.)

\`\`\`bash
curl -s localhost:3000/api/payments \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Idempotency-Key: order-1001' \\
  -d '{"senderWalletId": "…", "receiverWalletId": "…", "amount": "12.50", "currency": "EUR"}'
\`\`\`

### Keys

Whatever moves money takes an \`Idempotency-Key\` of your own making: a new one for each thing that you want done, kept with your order
before you send it. The same key and body again give the first answer again, also when it is a refusal, with the header
\`Idempotency-Replayed: true\`; another body is refused.

### When it does not go well

| status | was it done? | ask again? |
|---|---|---|
| 400, 401, 403, 404, 409, 413, 415 | no, and nothing is recorded | once it is mended |
| 409 \`IDEMPOTENCY_IN_PROGRESS\` | perhaps, by an earlier request | yes, with the same key, after \`Retry-After\` |
| 422 | no; with a \`transactionId\` the refusal is recorded | with a new key: the old one answers the same again |
| 429, 503 | no | yes, with the same key, after \`Retry-After\` |
| 500 | not known | with the same key |
| 504, or no answer at all | perhaps | yes, with the same key, until the answer is another one |

Errors are \`application/problem+json\`: a stable \`code\`, a \`type\` that is the address of a page about it, for a bad request the
field and the rule in \`errors\`, and a \`traceId\`, which is also in the header \`Trace-Id\` and in the logs.

### Good to know

- Amounts are decimal strings, never numbers, with at most the currency's decimals. Times are ISO 8601 in UTC.
- Unknown fields are refused in what you send. Answers may get more fields, and more kinds, statuses and codes: bear those that you do
  not know.
- Lists answer \`{items, nextCursor}\`, newest first. A cursor belongs to the filters that it was given for.
- How often a caller may call is limited, for payments, reads and acts apart. \`RateLimit-Policy\` and \`RateLimit\` say by how much and
  what is left; above it the answer is 429.
- This page is made from [the description](/api/openapi.json) (OpenAPI 3.1), from which clients can be generated. Its examples are what
  a platform answered. Who may do what stands with each call, and as [a table](/api/docs/access).

### Every code

What it means and what to do stands on [a page for each](/api/problems). Those about the HTTP request itself can come from any address;
405 names the methods in \`Allow\`.

<details>
<summary>All of them</summary>

${problemTable()}

</details>`;
}
