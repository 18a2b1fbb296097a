import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp } from '../testing/test-app.js';

let app: Awaited<ReturnType<typeof startTestApp>>;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** Who changes the API sees it in the review. `npm test -- gateway/src/docs/openapi-copy.test.ts -u` writes the copy anew. */
it('the committed copy of the API’s description is what the gateway serves', async () => {
  const served = await app.http.inject({ method: 'GET', url: '/api/openapi.json' });
  expect(served.headers['content-type']).toMatch(/^application\/json/);
  await expect(`${JSON.stringify(served.json(), null, 2)}\n`).toMatchFileSnapshot('../../openapi.json');
  const page = await app.http.inject({ method: 'GET', url: '/api/docs-json' });
  expect(page.json()).toEqual(served.json());
});
