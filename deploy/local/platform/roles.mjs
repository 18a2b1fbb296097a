// @ts-check

/** The login roles that the schema has, each with the rights of one program. @typedef {typeof ROLES[number]} Role */
export const ROLES = /** @type {const} */ (['wallet_engine', 'wallet_gateway', 'wallet_audit', 'wallet_workers']);
