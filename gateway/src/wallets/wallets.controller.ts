import { Controller, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodySchema, idempotencyHeader } from '../docs/schemas.js';
import { sendAnswer } from '../http/answer.js';
import { walletTransferSchema } from '../transfers/transfer-request.js';
import { newWalletSchema, statusChangeSchema } from './wallet-requests.js';
import { WalletsService } from './wallets.service.js';

@Controller('api/wallets')
export class WalletsController {
  constructor(readonly wallets: WalletsService) {}

  @Post()
  @ApiBody(bodySchema(newWalletSchema))
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.create(request));
  }

  @Get()
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.list(query));
  }

  @Get(':id')
  async get(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.get(id));
  }

  @Get(':id/balance')
  async balance(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.balance(id));
  }

  @Patch(':id/status')
  @ApiBody(bodySchema(statusChangeSchema))
  async changeStatus(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.changeStatus(id, request));
  }

  @Post(':id/deposits')
  @ApiHeader(idempotencyHeader)
  @ApiBody(bodySchema(walletTransferSchema))
  async deposit(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.transfer('DEPOSIT', id, request));
  }

  @Post(':id/withdrawals')
  @ApiHeader(idempotencyHeader)
  @ApiBody(bodySchema(walletTransferSchema))
  async withdraw(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.wallets.transfer('WITHDRAWAL', id, request));
  }
}
