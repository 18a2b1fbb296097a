// @ts-check

/**
 * What Patroni is told, as it lies in etcd. deploy/FAILOVER.md says why each is so; a deployment of one's own takes them over.
 */
export const PATRONI_SETTINGS = {
  /** Seconds that a primary's right to be one lasts without being renewed: the least that newer Patronis take. */
  ttl: 20,
  /** How often it is renewed, and how soon the other standby follows a new primary, for whose confirmation all commits wait. */
  loop_wait: 2,
  /** `loop_wait + 2 × retry_timeout` must be within `ttl`. */
  retry_timeout: 5,
  /** An acknowledged payment is on two nodes, */
  synchronous_mode: true,
  /** and without a second one nothing is acknowledged at all. */
  synchronous_mode_strict: true,
  /** A Postgres that crashes is not waited for: its standby takes over at once. */
  primary_start_timeout: 0,
  maximum_lag_on_failover: 1_048_576,
  check_timeline: true,
  postgresql: {
    use_pg_rewind: true,
    use_slots: true,
    // What pg_rewind cannot bring back is copied anew.
    remove_data_directory_on_rewind_failure: true,
    remove_data_directory_on_diverged_timelines: true,
    parameters: {
      synchronous_commit: 'on',
      fsync: 'on',
      wal_level: 'replica',
      wal_log_hints: 'on',
      hot_standby: 'on',
      max_connections: 150,
      max_wal_senders: 10,
      max_replication_slots: 10,
      wal_keep_size: '256MB',
      max_wal_size: '1GB',
      shared_buffers: '128MB',
      // A standby that fell silent is dropped, a primary that did is left.
      wal_sender_timeout: '5s',
      wal_receiver_timeout: '5s',
      // How soon a standby asks the new primary again, for whose confirmation all commits wait (5 s by default).
      wal_retrieve_retry_interval: '500ms',
      // A client that is gone without a word does not keep its session, nor its locks.
      tcp_keepalives_idle: 5,
      tcp_keepalives_interval: 2,
      tcp_keepalives_count: 3,
      password_encryption: 'scram-sha-256',
      log_line_prefix: '%m [%p] %q%u@%d ',
    },
  },
};

/** The address that follows the primary: a node is it as long as its Patroni says so. */
export const HAPROXY_CHECK = 'inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions';
