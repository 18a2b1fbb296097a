import type {
  CaptureHoldData,
  ChangeWalletStatusData,
  CreateHoldData,
  CreatePaymentData,
  CreateWalletData,
  DepositData,
  RefundPaymentData,
  ReplaceLimitsData,
  ReverseTransactionData,
  WithdrawData,
} from './generated/types.gen.js';

/** What each money method sends: the bodies of the API's description. */
export type NewPayment = CreatePaymentData['body'];
export type NewDeposit = DepositData['body'];
export type NewWithdrawal = WithdrawData['body'];
export type NewHold = CreateHoldData['body'];
export type NewCapture = CaptureHoldData['body'];
export type NewRefund = RefundPaymentData['body'];
export type NewReversal = ReverseTransactionData['body'];
export type NewWallet = CreateWalletData['body'];
export type NewLimits = ReplaceLimitsData['body'];
export type NewStatus = ChangeWalletStatusData['body'];
/** A payment of a batch, whose key is made up unless given. */
export type BatchPayment = NewPayment & { idempotencyKey?: string };
