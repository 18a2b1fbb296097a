-- Up Migration

-- What 006 made without reading the tables; nobody waits for this.
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_held_check;
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_floor_holds;
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_closed_is_empty;
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_funding;
ALTER TABLE transactions VALIDATE CONSTRAINT transactions_pair_is_whole;
