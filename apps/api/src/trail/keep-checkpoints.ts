import { setTimeout as pause } from 'node:timers/promises'
import type { AuditVerification, CheckpointsView } from '@stevedore/contract'
import { type Checkpoint, type CheckpointKey, type Head, type Ledger, verifyAudit } from '@stevedore/ledger'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { type KeptCheckpoints, readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts'
import { sendCheckpoint } from './send-checkpoint.ts'

export interface CheckpointOptions {
  key: CheckpointKey
  /** Of the file that they are kept in. */
  path: string
  everySeconds: number
  /** Where each is posted to besides. */
  sink?: URL | undefined
}

export interface Checkpoints {
  /** Recomputes the chain, and holds it against every checkpoint that is kept and the heads that are given. */
  verify(heads: readonly Head[]): Promise<AuditVerification>
  /** Makes one at once, and from then on by the schedule. */
  start(): void
  /** Ends after the run in hand. */
  stop(): Promise<void>
}

interface Keeper extends CheckpointOptions {
  ledger: Ledger
  logger: Logger
  metrics: Metrics
  /** The newest that this process has seen in the file: one that is gone later was taken out. */
  seen?: Checkpoint
  /** The newest that the sink took. */
  sent?: Checkpoint
}

/**
 * Signs the chain's head again and again, where it goes on from the checkpoint before: what was cut or rewritten is never signed over. Each
 * process keeps a file of its own; several on one file do no harm, since each writes it as a whole.
 */
export function openCheckpoints(
  options: CheckpointOptions,
  parts: Pick<Keeper, 'ledger' | 'logger' | 'metrics'>,
): Checkpoints {
  const keeper: Keeper = { ...options, ...parts }
  const stopping = new AbortController()
  let run: Promise<void> | undefined
  return {
    verify: (heads) => verifyKept(keeper, heads),
    start() {
      run = keepOn(keeper, stopping.signal)
    },
    async stop() {
      stopping.abort()
      await run
    },
  }
}

async function keepOn(keeper: Keeper, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await keepOne(keeper)
    // Ends at once when it is stopped.
    await pause(keeper.everySeconds * 1_000, undefined, { signal: stopping }).catch(() => {})
  }
}

/** Never rejects: what fails is told, and tried again with the next. */
async function keepOne(keeper: Keeper): Promise<void> {
  try {
    await sign(keeper)
  } catch (err) {
    keeper.metrics.auditCheckpointFailures.inc({ to: 'file' })
    keeper.logger.warn({ err }, 'the audit trail could not be given a checkpoint; it is tried again')
  }
  try {
    await send(keeper)
  } catch (err) {
    keeper.metrics.auditCheckpointFailures.inc({ to: 'sink' })
    keeper.logger.warn({ err }, 'a checkpoint of the audit trail was not taken by the sink; it is sent again')
  }
}

async function sign(keeper: Keeper): Promise<void> {
  const { ledger, logger, metrics, key, path } = keeper
  const kept = await readKept(keeper)
  const latest = kept.checkpoints.at(-1)
  const found = await verifyAudit(ledger, { from: latest })
  metrics.auditTrailBroken.set(found.ok && !kept.fault ? 0 : 1)
  if (kept.fault)
    return logger.error({ path, fault: kept.fault }, 'the checkpoints of the audit trail are not believed')
  if (!found.ok)
    return logger.error({ firstBroken: found.firstBroken }, 'the audit trail is broken: it gets no checkpoint')
  if (found.entries === (latest?.seq ?? 0)) return
  const next = key.sign({ seq: found.entries, hash: found.head }, new Date())
  await writeCheckpointFile(path, [...kept.checkpoints, next])
  keeper.seen = next
}

async function send(keeper: Keeper): Promise<void> {
  const { sink, seen, sent } = keeper
  if (!sink || !seen || seen.seq === sent?.seq) return
  await sendCheckpoint(sink, seen)
  keeper.sent = seen
}

async function readKept(keeper: Keeper): Promise<KeptCheckpoints> {
  const kept = await readCheckpointFile(keeper.path, keeper.key)
  if (kept.fault) return kept
  const latest = kept.checkpoints.at(-1)
  if (keeper.seen && (latest?.seq ?? 0) < keeper.seen.seq)
    return { ...kept, fault: `the one at entry ${keeper.seen.seq} is gone` }
  if (latest) keeper.seen = latest
  return kept
}

async function verifyKept(keeper: Keeper, heads: readonly Head[]): Promise<AuditVerification> {
  const kept = await readKept(keeper)
  // Those of a file that has changed are of use all the same: each was signed.
  const all = [...heads, ...kept.checkpoints, ...(keeper.seen ? [keeper.seen] : [])]
  const found = await verifyAudit(keeper.ledger, { heads: all })
  return { ...found, ok: found.ok && kept.fault === undefined, checkpoints: toView(keeper, kept) }
}

function toView({ key }: Keeper, { checkpoints, fault }: KeptCheckpoints): CheckpointsView {
  const latest = checkpoints.at(-1)
  return {
    publicKey: key.publicKey,
    kept: checkpoints.length,
    latest: latest ? { seq: latest.seq, hash: latest.hash, at: latest.at } : null,
    ...(fault !== undefined && { fault }),
  }
}
