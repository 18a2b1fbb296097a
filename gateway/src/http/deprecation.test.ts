import 'reflect-metadata';
import { Controller, Get, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { named } from './answer-schema.js';
import { ApiCall } from './api-call.js';
import { announceDeprecations, deprecationHeaders } from './deprecation.js';

const answers = { 200: named('OldThing', z.object({ old: z.boolean() })) };
const call = { summary: 'x', access: 'public', answers } as const;

@Controller('things')
class Things {
  @Get('old/:id')
  @ApiCall({
    ...{ ...call, operationId: 'readOldThing', description: 'Reads it.' },
    deprecated: { since: '2026-11-30', sunset: '2027-06-30', successor: '/things/new' },
  })
  old(@Param('id') id: string) {
    if (id === 'none') throw new Error('no such thing');
    return { old: true };
  }

  @Post('older')
  @ApiCall({ ...call, operationId: 'makeOldThing', deprecated: { since: '2026-11-30' } })
  older() {
    return { old: true };
  }

  @Get('new')
  @ApiCall({ ...call, operationId: 'readThing' })
  fresh() {
    return { old: false };
  }
}

@Module({ controllers: [Things] })
class ThingsModule {}

let app: NestFastifyApplication;
let document: OpenAPIObject;

beforeAll(async () => {
  const adapter = new FastifyAdapter();
  const http = adapter.getInstance() as unknown as FastifyInstance;
  announceDeprecations(http);
  http.addHook('onRequest', (request, reply, done) => {
    if (request.headers.authorization === undefined) reply.code(401).send('no token');
    else done();
  });
  app = await NestFactory.create<NestFastifyApplication>(ThingsModule, adapter, { logger: false });
  document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  await app.init();
});
afterAll(() => app.close());

const ask = (method: 'GET' | 'POST', url: string, headers: Record<string, string> = { authorization: 'x' }) =>
  app.inject({ method, url, headers });

describe('a deprecated route', () => {
  it('says so with every answer, refusals and faults too, and where its successor is', async () => {
    const said = {
      deprecation: `@${Date.UTC(2026, 10, 30) / 1_000}`,
      sunset: 'Wed, 30 Jun 2027 00:00:00 GMT',
      link: '</things/new>; rel="successor-version"',
    };
    for (const [answer, status] of [
      [await ask('GET', '/things/old/1'), 200],
      [await ask('GET', '/things/old/none'), 500],
      [await ask('GET', '/things/old/1', {}), 401],
    ] as const) {
      expect(answer.statusCode).toBe(status);
      expect(answer.headers).toMatchObject(said);
    }
  });

  it('need not have an end or a successor', async () => {
    const { headers } = await ask('POST', '/things/older');
    expect(headers.deprecation).toMatch(/^@\d+$/);
    expect([headers.sunset, headers.link]).toEqual([undefined, undefined]);
  });

  it('is marked in the description, with its headers and in words', () => {
    const old = document.paths['/things/old/{id}']?.get as unknown as Record<string, never>;
    expect(old).toMatchObject({
      deprecated: true,
      description:
        'Deprecated since 2026-11-30. It may be gone from 2027-06-30 on. Use `/things/new` instead.\n\nReads it.',
      responses: { 200: { headers: { Deprecation: {}, Sunset: {}, Link: {} } } },
    });
    expect(document.paths['/things/older']?.post).toMatchObject({ deprecated: true });
  });

  it('leaves others alone', async () => {
    const { headers } = await ask('GET', '/things/new');
    expect([headers.deprecation, headers.sunset, headers.link]).toEqual([undefined, undefined, undefined]);
    const fresh = document.paths['/things/new']?.get as unknown as { deprecated?: boolean; responses: object };
    expect(fresh.deprecated).toBeUndefined();
    expect(JSON.stringify(fresh.responses)).not.toContain('Deprecation');
  });
});

it('what breaks the policy is a bug, told at the start', () => {
  expect(() => deprecationHeaders({ since: '2026-11-30', sunset: '2027-01-31' })).toThrow('180 days');
  for (const since of ['', 'soon', '2026-11-31x', '2026-13-01']) {
    expect(() => deprecationHeaders({ since })).toThrow('not a day');
  }
});
