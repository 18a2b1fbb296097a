import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { bodyBytesMax } from '@smart-wallet/engine/contract/limits.js';
import type {
  FastifyHttpOptions,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
  RawServerDefault,
} from 'fastify';
import { answerClientError, answerConnect } from './client-error.js';
import { headerBytesMax, type Timeouts, timeouts } from './connection-limits.js';
import { isLiveUpgrade } from './live-upgrade.js';
import type { ProblemWriter } from './problem-writer.js';
import { originForm } from './request-target.js';

interface AdapterOptions {
  readonly trustedProxies?: readonly string[] | undefined;
  readonly timeouts?: Timeouts | undefined;
}

/** Nest's adapter, with one place where every error ends: Nest would lose Fastify's error codes on the way. */
export class GatewayAdapter extends FastifyAdapter {
  readonly #problems: ProblemWriter;

  constructor(problems: ProblemWriter, given: AdapterOptions = {}) {
    const { trustedProxies = [], timeouts: limits = timeouts } = given;
    const options: FastifyServerOptions = {
      bodyLimit: bodyBytesMax,
      // While stopping, requests on open connections are served, and told to come back on another one.
      return503OnClosing: false,
      forceCloseConnections: 'idle',
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionTimeout: limits.silentMs,
      routerOptions: { maxParamLength: 255 },
      rewriteUrl: originForm,
      trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
      frameworkErrors: (error, request, reply) => problems.write(error, request, reply),
      clientErrorHandler: (error, socket) => answerClientError(error, socket as Socket),
    };
    // No Express middleware here, so no hook for it.
    super({
      ...options,
      // Whoever asks to upgrade elsewhere (Java's client does, to HTTP/2) is answered in plain HTTP.
      // Lines that may come once are joined, to be refused, instead of the second one being dropped; so is a missing Host.
      http: {
        shouldUpgradeCallback: (request) => isLiveUpgrade(request) && this.#hearsUpgrades(),
        joinDuplicateHeaders: true,
        requireHostHeader: false,
        headersTimeout: limits.headersMs,
        connectionsCheckingInterval: limits.checkedEveryMs,
        maxHeaderSize: headerBytesMax,
      },
      skipMiddie: true,
    } as FastifyHttpOptions<RawServerDefault>);
    this.#problems = problems;
    const { server } = this.getInstance<FastifyInstance>();
    server.on('connect', (_request, socket) => answerConnect(socket as Socket));
    // What else somebody expects is nothing to us; Node would answer 417 without a word.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  }

  /** Not without a live stream. */
  #hearsUpgrades(): boolean {
    return this.getHttpServer<Server>().listenerCount('upgrade') > 0;
  }

  override setErrorHandler(): FastifyInstance {
    return this.getInstance<FastifyInstance>().setErrorHandler((error, request, reply) =>
      this.#write(error, request, reply),
    );
  }

  override setNotFoundHandler(): FastifyInstance {
    return this.getInstance<FastifyInstance>().setNotFoundHandler((request, reply) =>
      this.#problems.writeNoRoute(request, reply),
    );
  }

  #write(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    this.#problems.write(error, request, reply);
  }
}
