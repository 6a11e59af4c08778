interface MetricEntry {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  help: string
  /** Upper bounds in seconds. */
  buckets?: readonly number[]
  /** What its labels may say, where the catalogue knows: see `LabelValues` for the rest. */
  values?: Readonly<Record<string, readonly string[]>>
}

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const statementSeconds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5]
const jobSeconds = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600]

/** Every metric of Stevedore's own, by the name that the code calls it. */
export const catalogue = {
  buildInfo: {
    name: 'build_info',
    type: 'gauge',
    labels: ['version', 'node'],
    help: 'Always 1: which release of Stevedore this process is of, and which Node.js runs it.',
  },
  tasksProcessed: {
    name: 'tasks_processed_total',
    type: 'counter',
    labels: ['kind', 'outcome'],
    help: 'Jobs that ended, by kind and outcome.',
    values: { outcome: ['succeeded', 'failed', 'cancelled'] },
  },
  responseTime: {
    name: 'response_time_seconds',
    type: 'histogram',
    labels: ['route', 'method', 'status'],
    help: 'Time from a request to the end of its answer; streams, which last for as long as they are read, are left out.',
    buckets: requestSeconds,
  },
  queueDepth: {
    name: 'queue_depth',
    type: 'gauge',
    labels: ['kind', 'state'],
    help: 'Messages on the transport, by kind and state (waiting, active, delayed).',
  },
  queueOldestAge: {
    name: 'queue_oldest_age_seconds',
    type: 'gauge',
    labels: ['kind'],
    help: 'How long the oldest queued job has been waiting.',
  },
  jobWait: {
    name: 'job_wait_seconds',
    type: 'histogram',
    labels: ['kind'],
    help: 'Time from queued to claimed by a worker.',
    buckets: jobSeconds,
  },
  jobRun: {
    name: 'job_run_seconds',
    type: 'histogram',
    labels: ['kind', 'outcome'],
    help: 'Time that one attempt ran.',
    values: { outcome: ['succeeded', 'failed', 'cancelled', 'waiting', 'handed-over', 'lost'] },
    buckets: jobSeconds,
  },
  dispatcherLag: {
    name: 'dispatcher_lag_seconds',
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest outbox row that is not published yet.',
  },
  jobRetries: {
    name: 'job_retries_total',
    type: 'counter',
    labels: ['kind', 'code'],
    help: 'Attempts that are tried again, by kind and failure code.',
  },
  jobRescues: {
    name: 'job_rescues_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Jobs taken from lost workers (worker-lost), and messages sent again that no worker had claimed (unclaimed).',
    values: { reason: ['worker-lost', 'unclaimed'] },
  },
  scheduleTimes: {
    name: 'schedule_times_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Times of schedules that came, by what this worker made of them (recorded, skipped, missed, idle).',
    values: { outcome: ['recorded', 'skipped', 'missed', 'idle'] },
  },
  ledgerReachable: {
    name: 'ledger_reachable',
    type: 'gauge',
    labels: [],
    help: 'Whether this process reached the ledger when it looked last (1).',
  },
  ledgerConnections: {
    name: 'ledger_connections',
    type: 'gauge',
    labels: ['state'],
    help: 'Connections of this process to the ledger, by state (in-use, idle).',
    values: { state: ['in-use', 'idle'] },
  },
  ledgerConnectionsLimit: {
    name: 'ledger_connections_limit',
    type: 'gauge',
    labels: [],
    help: 'So many connections to the ledger this process opens at most.',
  },
  ledgerConnectionsWaiting: {
    name: 'ledger_connections_waiting',
    type: 'gauge',
    labels: [],
    help: 'Calls of this process that wait for a connection to the ledger, while all are in use.',
  },
  ledgerStatement: {
    name: 'ledger_statement_seconds',
    type: 'histogram',
    labels: ['statement'],
    help: 'Time from a statement to its answer, by its verb and the first table of the ledger in it (select jobs).',
    buckets: statementSeconds,
  },
  transportReachable: {
    name: 'transport_reachable',
    type: 'gauge',
    labels: [],
    help: 'Whether this process reached the transport when it looked last (1).',
  },
  workerTakes: {
    name: 'worker_takes',
    type: 'gauge',
    labels: ['kind'],
    help: 'Whether this process takes jobs of a kind (1). An API tells 0, so that a kind that nobody takes shows.',
  },
  workersLive: {
    name: 'workers_live',
    type: 'gauge',
    labels: ['kind'],
    help: 'Workers that live and take a kind of job, as the ledger has it; told by the API.',
  },
  workersLost: {
    name: 'workers_lost',
    type: 'gauge',
    labels: [],
    help: 'Workers that were heard of within the last hour and fell silent without saying that they stop; told by the API.',
  },
  leasesHeld: {
    name: 'leases_held',
    type: 'gauge',
    labels: [],
    help: 'Jobs that this process runs under a lease.',
  },
  sitesAway: {
    name: 'sites_away',
    type: 'gauge',
    labels: ['site'],
    help: 'Whether what this worker’s engines work on does not answer: 1 while it is away.',
  },
  environmentReplicasHealthy: {
    name: 'environment_replicas_healthy',
    type: 'gauge',
    labels: ['app', 'environment'],
    help: 'Replicas of the revision that should run that were seen healthy last; told by the API.',
  },
  environmentReplicasDesired: {
    name: 'environment_replicas_desired',
    type: 'gauge',
    labels: ['app', 'environment'],
    help: 'Replicas that an environment should have; told by the API.',
  },
  environmentDrifted: {
    name: 'environment_drifted',
    type: 'gauge',
    labels: ['app', 'environment'],
    help: 'Whether what was seen last is not as it was deployed (1); told by the API.',
  },
  environmentNeedsAttention: {
    name: 'environment_needs_attention',
    type: 'gauge',
    labels: ['app', 'environment'],
    help: 'Whether the last deploy ended with needs-attention (1); told by the API.',
  },
  deploysEnded: {
    name: 'deploys_ended',
    type: 'gauge',
    labels: ['app', 'environment', 'outcome', 'window'],
    help: 'Changes of an environment within the last 7 or 30 days, by outcome (succeeded, failed, rolled-back); told by the API.',
  },
  deployLead: {
    name: 'deploy_lead_seconds',
    type: 'gauge',
    labels: ['app', 'environment', 'window'],
    help: 'Median time from the record of a change (its build, where the image is new there) to when it serves; told by the API.',
  },
  deployRestore: {
    name: 'deploy_restore_seconds',
    type: 'gauge',
    labels: ['app', 'environment', 'window'],
    help: 'Median time from a change that went wrong to the next success; told by the API.',
  },
  approvalsWaiting: {
    name: 'approvals_waiting',
    type: 'gauge',
    labels: [],
    help: 'Jobs that wait for an approval; told by the API.',
  },
  approvalOldestAge: {
    name: 'approval_oldest_age_seconds',
    type: 'gauge',
    labels: [],
    help: 'How long ago the oldest job that waits for an approval was recorded, 0 for none; told by the API.',
  },
  certificateExpiry: {
    name: 'certificate_expiry_timestamp_seconds',
    type: 'gauge',
    labels: ['name'],
    help: 'When a stored certificate expires, in seconds since 1970; told by the API.',
  },
  backupAge: {
    name: 'backup_age_seconds',
    type: 'gauge',
    labels: [],
    help: 'How old the newest backup by `stevedore backup` is; without one, the audit trail. Told by the API.',
  },
  settleFailures: {
    name: 'settle_failures_total',
    type: 'counter',
    labels: ['kind'],
    help: 'Ends of attempts that could not be recorded at once, by kind. Each is tried again while the lease holds.',
  },
  outputDropped: {
    name: 'output_dropped_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Lines and events of jobs that are not kept, by reason (ledger-away, refused).',
    values: { reason: ['ledger-away', 'refused'] },
  },
  auditTrailBroken: {
    name: 'audit_trail_broken',
    type: 'gauge',
    labels: [],
    help: 'Whether the audit trail does not go on from its last checkpoint, or its checkpoints were changed (1); told by the API.',
  },
  auditVerified: {
    name: 'audit_verified_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When this API verified the audit trail last, in seconds since 1970, 0 for never; `audit_trail_broken` has the result.',
  },
  auditTrailUnguarded: {
    name: 'audit_trail_unguarded',
    type: 'gauge',
    labels: [],
    help: 'Whether the role that this process signs in to PostgreSQL as may change the audit trail (1).',
  },
  auditCheckpointFailures: {
    name: 'audit_checkpoint_failures_total',
    type: 'counter',
    labels: ['to'],
    help: 'Checkpoints of the audit trail that could not be made or sent at once, by where to (file, sink); told by the API.',
    values: { to: ['file', 'sink'] },
  },
} as const satisfies Record<string, MetricEntry>

export type Catalogue = typeof catalogue

/** What the docs say of the metrics. */
export const metricCatalogue: readonly MetricEntry[] = Object.values(catalogue)
