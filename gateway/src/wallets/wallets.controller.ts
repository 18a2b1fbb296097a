import { Controller, Get, Param, Patch, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { approvalProblems } from '../approvals/approval-problems.js';
import { movers, operators, readers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { optionalKey, requiredKey } from '../http/idempotency-key.js';
import { transactionAnswer } from '../transactions/transaction-answers.js';
import { engineProblems, transferProblems } from '../transfers/transfer-problems.js';
import { walletTransferSchema } from '../transfers/transfer-request.js';
import { balanceAnswer, walletAnswer, walletListAnswer } from './wallet-answers.js';
import {
  balanceFilters,
  newWalletSchema,
  statusChangeSchema,
  walletChangeSchema,
  walletFilters,
} from './wallet-requests.js';
import { WalletsService } from './wallets.service.js';

@Controller('api/wallets')
export class WalletsController {
  constructor(readonly wallets: WalletsService) {}

  @Post()
  @ApiCall({
    operationId: 'createWallet',
    summary: 'Create a wallet',
    access: movers,
    rateLimit: 'payments',
    description:
      'The same `Idempotency-Key` with the same body is the same wallet. So is the caller\u2019s own `walletId` with the same body, with 200.',
    body: newWalletSchema,
    location: '/api/wallets/{id}',
    idempotencyKey: optionalKey,
    answers: { 200: walletAnswer, 201: walletAnswer },
    problems: ['WALLET_EXISTS', 'IDEMPOTENCY_KEY_REUSED', 'OUTCOME_UNKNOWN'],
  })
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.create(request));
  }

  @Get()
  @ApiCall({
    operationId: 'listWallets',
    summary: 'List wallets, newest first',
    access: readers,
    rateLimit: 'reads',
    query: walletFilters,
    answers: { 200: walletListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.list(request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getWallet',
    summary: 'Read a wallet',
    access: readers,
    rateLimit: 'reads',
    id: 'wallet',
    answers: { 200: walletAnswer },
    problems: ['WALLET_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.get(id, request));
  }

  @Get(':id/balance')
  @ApiCall({
    operationId: 'getBalance',
    summary: 'Read a wallet\u2019s balance, of now or of any time before',
    access: readers,
    rateLimit: 'reads',
    id: 'wallet',
    query: balanceFilters,
    answers: { 200: balanceAnswer },
    problems: ['WALLET_NOT_FOUND'],
  })
  async balance(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.balance(id, request));
  }

  @Patch(':id')
  @ApiCall({
    operationId: 'changeWallet',
    summary: 'Change whose a wallet is said to be, and its metadata',
    access: operators,
    rateLimit: 'acts',
    description:
      'What is left out stays. The change stands in the audit log (`WALLET_CHANGED`). Sent again with its key, it changes nothing, and ' +
      'the wallet is shown as it is now.',
    id: 'wallet',
    body: walletChangeSchema,
    idempotencyKey: optionalKey,
    answers: { 200: walletAnswer },
    problems: ['WALLET_NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'OUTCOME_UNKNOWN'],
  })
  async change(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.change(id, request));
  }

  @Patch(':id/status')
  @ApiCall({
    operationId: 'changeWalletStatus',
    summary: 'Change a wallet\u2019s status',
    access: operators,
    rateLimit: 'acts',
    description:
      'Only ACTIVE wallets send and receive. CLOSED is final, and only for a wallet without money. That a wallet is activated that ' +
      'reconciliation suspended, another person approves: 202. Sent again with its key, it changes nothing, and the wallet is shown as ' +
      'it is now.',
    id: 'wallet',
    body: statusChangeSchema,
    idempotencyKey: optionalKey,
    answers: { 200: walletAnswer, 202: approvalAnswer },
    problems: [...engineProblems, ...approvalProblems, 'ILLEGAL_STATUS_CHANGE', 'WALLET_NOT_EMPTY', 'ANSWER_ARCHIVED'],
  })
  async changeStatus(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.changeStatus(id, request));
  }

  @Post(':id/deposits')
  @ApiCall({
    operationId: 'deposit',
    summary: 'Bring money into a wallet',
    access: movers,
    rateLimit: 'payments',
    id: 'wallet',
    body: walletTransferSchema,
    idempotencyKey: requiredKey,
    location: '/api/transactions/{id}',
    answers: { 201: transactionAnswer, 202: approvalAnswer },
    problems: transferProblems,
  })
  async deposit(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.transfer('DEPOSIT', id, request));
  }

  @Post(':id/withdrawals')
  @ApiCall({
    operationId: 'withdraw',
    summary: 'Take money out of a wallet',
    access: movers,
    rateLimit: 'payments',
    id: 'wallet',
    body: walletTransferSchema,
    idempotencyKey: requiredKey,
    location: '/api/transactions/{id}',
    answers: { 201: transactionAnswer, 202: approvalAnswer },
    problems: transferProblems,
  })
  async withdraw(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.transfer('WITHDRAWAL', id, request));
  }
}
