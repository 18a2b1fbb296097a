/** In SQL: the first four bytes of the id's SHA-256 say its partition. */
export const partitionOf = (id: string) =>
  `(get_byte(sha256(uuid_send(${id})), 0)::bigint << 24 | get_byte(sha256(uuid_send(${id})), 1) << 16
    | get_byte(sha256(uuid_send(${id})), 2) << 8 | get_byte(sha256(uuid_send(${id})), 3))
   % (SELECT count(*) FROM partitions)`;
