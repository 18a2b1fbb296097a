-- Up Migration

-- A wallet's holds, voids and expiries: they succeed without entries, so the order of its entry numbers does not have them, and neither
-- has that of its failures. Whatever moved money has entry numbers, is not in them and costs nothing. ON ONLY: as in 015.
SET LOCAL lock_timeout = '3s';
CREATE INDEX transactions_unposted_sender ON ONLY transactions (sender_wallet_id, transaction_id)
  WHERE sender_entry_no IS NULL AND status = 'SUCCESS';
CREATE INDEX transactions_unposted_receiver ON ONLY transactions (receiver_wallet_id, transaction_id)
  WHERE receiver_entry_no IS NULL AND status = 'SUCCESS';

-- What succeeded of a hold or a payment: a hundred at most, however many were refused.
CREATE INDEX transactions_followers ON ONLY transactions (parent_transaction_id, transaction_id)
  WHERE parent_transaction_id IS NOT NULL AND status = 'SUCCESS';
