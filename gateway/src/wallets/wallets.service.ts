import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Digest, keyDigest, mintKey } from '@smart-wallet/engine/contract/digest.js';
import { keyReusedDetail } from '@smart-wallet/engine/contract/rejection.js';
import { statusChangeHash } from '@smart-wallet/engine/contract/request-hash.js';
import { readOnlyCode } from '@smart-wallet/engine/contract/standby.js';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { FourEyes } from '../approvals/four-eyes.js';
import { movesMoneyFreely } from '../approvals/standing.js';
import { activationProposal } from '../approvals/state-proposals.js';
import { EngineClient } from '../engine-client/engine-client.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { optionalIdempotencyKey } from '../http/idempotency-key.js';
import { pageJson } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { requestKey } from '../idempotency/request-key.js';
import { findSuspension } from '../reconciliation/find-suspension.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { isUnavailable } from '../storage/unavailable.js';
import type { Scope } from '../storage/whose.js';
import { traceWith } from '../tracing/command-trace.js';
import { resultProblem } from '../transfers/result-problem.js';
import { transferAnswer } from '../transfers/transfer-answer.js';
import { readWalletTransfer, transferCommand } from '../transfers/transfer-request.js';
import { Transfers } from '../transfers/transfers.js';
import { BalanceCache } from './balance-cache.js';
import { changeWallet } from './change-wallet.js';
import { createWallet } from './create-wallet.js';
import { findBalance } from './find-balance.js';
import { findWallet } from './find-wallet.js';
import { listWallets } from './list-wallets.js';
import { findPastBalance } from './past-balance.js';
import { balanceJson, pastBalanceJson, walletJson } from './wallet-json.js';
import { walletNotFound } from './wallet-not-found.js';
import { balanceFilters, readNewWallet, readStatusChange, readWalletChange, walletFilters } from './wallet-requests.js';
import type { WalletRow } from './wallet-row.js';

@Injectable()
export class WalletsService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
    readonly engine: EngineClient,
    readonly transfers: Transfers,
    readonly balances: BalanceCache,
    readonly fourEyes: FourEyes,
  ) {}

  /** The same key again, or the caller's own id again with the same body, is the same wallet. */
  async create(request: FastifyRequest): Promise<Answer> {
    const { scope } = request.bearer;
    const wallet = readNewWallet(request.body, request.bodyHasEscapes, scope);
    const key = optionalIdempotencyKey(request.headers['idempotency-key']);
    const digest = key === null ? null : keyDigest(request.bearer.subject, key);
    const asked = wallet.walletId ?? uuidv7();
    const { outcome, walletId, wasThere } = await createWallet(this.database, asked, wallet, digest).catch(
      asUnknown(createUnknownDetail),
    );
    if (walletId === null) throw outcome === 'KEY_KNOWN' ? keyReused() : walletExists(asked);
    const body = walletJson(await this.#find(scope, walletId).catch(asReadBackProblem));
    const replayed = outcome === 'KEY_KNOWN';
    if (wasThere) return { status: 200, body, replayed };
    return { status: 201, body, replayed, headers: { location: `/api/wallets/${walletId}` } };
  }

  async list({ bearer, query }: FastifyRequest): Promise<Answer> {
    const filters = validated(walletFilters, query);
    const page = await listWallets(this.lists, bearer.scope, filters);
    return { status: 200, body: pageJson(page, filters, walletJson) };
  }

  async get(id: string, { bearer }: FastifyRequest): Promise<Answer> {
    return { status: 200, body: walletJson(await this.#find(bearer.scope, uuidParameter(id, 'id'))) };
  }

  async balance(id: string, { bearer: { scope }, query }: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const { at, consistency } = validated(balanceFilters, query);
    if (at !== undefined) return this.#pastBalance(scope, walletId, at);
    const read = () => findBalance(this.database, scope, walletId);
    const found = consistency === 'cached' ? await this.balances.find(walletId, read) : await read();
    // What Redis has is anybody's. Another's is read like one that is not there, so that time does not tell them apart.
    const row = scope === null || found?.scope === scope ? found : await read();
    if (!row) throw walletNotFound(walletId);
    return { status: 200, body: balanceJson(walletId, row) };
  }

  /** Sent again with its key, it changes nothing, and the wallet is shown as it is now. */
  async change(id: string, request: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const change = readWalletChange(walletId, request.body, request.bodyHasEscapes);
    const { subject: caller, scope } = request.bearer;
    const key = optionalIdempotencyKey(request.headers['idempotency-key']);
    const asked = {
      caller,
      keyDigest: key === null ? mintKey().keyDigest : keyDigest(caller, key),
      traceId: request.traceId,
    };
    const outcome = await changeWallet(this.database, change, asked).catch(asUnknown(changeUnknownDetail));
    if (outcome === 'KEY_REUSED') throw keyReused();
    if (outcome === 'WALLET_NOT_FOUND') throw walletNotFound(walletId);
    const wallet = await this.#find(scope, walletId).catch(asReadBackProblem);
    return { status: 200, body: walletJson(wallet), replayed: outcome === 'KEY_KNOWN' };
  }

  async changeStatus(id: string, request: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const { status, reason = null } = readStatusChange(request.body, request.bodyHasEscapes);
    const caller = request.bearer.subject;
    const key = optionalIdempotencyKey(request.headers['idempotency-key']);
    // What has to be approved is asked for again with its key.
    const named = key ?? (status === 'ACTIVE' ? randomUUID() : null);
    const keyed = named === null ? mintKey() : { idempotencyKey: named, keyDigest: keyDigest(caller, named) };
    const requestHash = statusChangeHash({ walletId, status, reason });
    const waits =
      status === 'ACTIVE' ? await this.#gateActivation(request, walletId, { ...keyed, requestHash, reason }) : null;
    if (waits) return waits;
    const result = await this.engine.execute({
      ...{
        type: 'STATUS_CHANGE',
        caller,
        ...keyed,
        requestHash,
        walletId,
        status,
        reason,
        initiatedAtMs: this.database.nowMs(),
        traceId: request.traceId,
      },
    });
    const problem = resultProblem(result);
    if (problem?.code === 'OUTCOME_UNKNOWN') problem.detail = statusUnknownDetail;
    if (problem) return problemAnswer(problem, request.traceId);
    const replayed = result.outcome === 'STATUS_CHANGED' && result.replayed === true;
    return { status: 200, body: walletJson(await this.#find(null, walletId).catch(asReadBackProblem)), replayed };
  }

  /** Who asked without a key is told one, to ask again with. */
  async #gateActivation(
    request: FastifyRequest,
    walletId: string,
    { idempotencyKey, keyDigest, requestHash, reason }: AskedActivation,
  ): Promise<Answer | null> {
    const suspension = await findSuspension(this.database, walletId);
    const waits = await this.fourEyes.gate(request, { keyDigest, requestHash }, () =>
      suspension === null ? null : activationProposal(walletId, reason, suspension),
    );
    if (waits?.status !== 202) return waits;
    return { ...waits, headers: { ...waits.headers, 'idempotency-key': idempotencyKey } };
  }

  async transfer(kind: 'DEPOSIT' | 'WITHDRAWAL', id: string, request: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const key = await requestKey(this.database, request.bearer.subject, request.headers['idempotency-key']);
    const transfer = readWalletTransfer(kind, walletId, request.body, request.bodyHasEscapes);
    if (Array.isArray(transfer)) throw new ProblemError(validationFailed(transfer));
    const command = traceWith(transferCommand(request.bearer, key, transfer, this.database.nowMs()), request.span);
    const waits = movesMoneyFreely(request.bearer) ? null : await this.fourEyes.gateTransfer(request, command);
    if (waits) return waits;
    return transferAnswer(command, await this.transfers.execute(command), request.traceId);
  }

  async #pastBalance(scope: Scope, walletId: string, at: string): Promise<Answer> {
    const past = await findPastBalance(this.lists, scope, walletId, at);
    if (!past) throw walletNotFound(walletId);
    return { status: 200, body: pastBalanceJson(walletId, past) };
  }

  async #find(scope: Scope, walletId: string): Promise<WalletRow> {
    const row = await findWallet(this.database, scope, walletId);
    if (!row) throw walletNotFound(walletId);
    return row;
  }
}

interface AskedActivation {
  readonly idempotencyKey: string;
  readonly keyDigest: Digest;
  readonly requestHash: Digest;
  readonly reason: string | null;
}

function walletExists(walletId: string): ProblemError {
  return new ProblemError({ code: 'WALLET_EXISTS', detail: `Wallet ${walletId} was created by another request.` });
}

function keyReused(): ProblemError {
  return new ProblemError({ code: 'IDEMPOTENCY_KEY_REUSED', detail: keyReusedDetail });
}

const statusUnknownDetail =
  'The status may have been changed: read the wallet, and ask again if it is not as you want it.';

/** The change is made and only cannot be shown: "did nothing" would be wrong. */
function asReadBackProblem(error: unknown): never {
  if (!isUnavailable(error)) throw error;
  throw new ProblemError({
    code: 'OUTCOME_UNKNOWN',
    detail: 'It was done, but the wallet cannot be read at the moment.',
  });
}

const createUnknownDetail =
  'The wallet may have been created. With an Idempotency-Key or a walletId of your own, asking again is safe.';

const changeUnknownDetail =
  'The wallet may have been changed: read it, and ask again, with the same key, if it is not as you want it.';

/** A connection that breaks may have carried the call: nobody knows. Not getting one at all is certain, and so is what a standby says. */
function asUnknown(detail: string): (error: unknown) => never {
  return (error) => {
    const neverSent =
      error instanceof Error && /ECONNREFUSED|timeout exceeded when trying to connect/.test(error.message);
    const refused = (error as { code?: unknown }).code === readOnlyCode;
    if (!isUnavailable(error) || neverSent || refused) throw error;
    throw new ProblemError({ code: 'OUTCOME_UNKNOWN', detail });
  };
}
