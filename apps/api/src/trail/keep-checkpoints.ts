import { setTimeout as pause } from 'node:timers/promises'
import type { AuditVerification, CheckpointsView } from '@stevedore/contract'
import { type Checkpoint, type CheckpointKey, type Head, knowsAny, type Ledger, verifyAudit } from '@stevedore/ledger'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { type KeptCheckpoints, readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts'
import { withLockFile } from './lock-file.ts'
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
  /** Ends the run in hand between two steps. */
  stop(): Promise<void>
}

interface Keeper extends CheckpointOptions {
  ledger: Ledger
  logger: Logger
  metrics: Metrics
  /** The newest that this process has seen in the file: one that is gone later is put back, since it vouches for the trail all the same. */
  seen?: Checkpoint | undefined
  /** The newest that the sink took. */
  sent?: Checkpoint
}

/**
 * Signs the chain's head again and again, where it goes on from the checkpoint before: what was cut or rewritten is never signed over. Several
 * processes may share one file: they write it in turn.
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
    await keepOne(keeper, stopping)
    // Ends at once when it is stopped.
    await pause(keeper.everySeconds * 1_000, undefined, { signal: stopping }).catch(() => {})
  }
}

/** Never rejects: what fails is told, unless it is to stop, and tried again with the next. */
async function keepOne(keeper: Keeper, stopping: AbortSignal): Promise<void> {
  try {
    await sign(keeper, stopping)
  } catch (err) {
    if (stopping.aborted) return
    keeper.metrics.auditCheckpointFailures.inc({ to: 'file' })
    keeper.logger.warn({ err }, 'the audit trail could not be given a checkpoint; it is tried again')
  }
  try {
    await send(keeper, stopping)
  } catch (err) {
    if (stopping.aborted) return
    keeper.metrics.auditCheckpointFailures.inc({ to: 'sink' })
    keeper.logger.warn({ err }, 'a checkpoint of the audit trail was not taken by the sink; it is sent again')
  }
}

async function sign(keeper: Keeper, stopping: AbortSignal): Promise<void> {
  const { ledger, logger, metrics, key, path } = keeper
  const kept = await readKept(keeper)
  const latest = kept.checkpoints.at(-1)
  const found = await verifyAudit(ledger, { from: latest, signal: stopping })
  tellVerified(metrics, found.ok && !kept.fault)
  if (kept.fault)
    return logger.error({ path, fault: kept.fault, remedy }, 'the checkpoints of the audit trail are not believed')
  if (!found.ok) {
    const fault = await findStrangers(ledger, kept)
    const { firstBroken } = found
    return logger.error({ path, firstBroken, fault, remedy }, 'the audit trail is broken: it gets no checkpoint')
  }
  const hasGrown = found.entries > (latest?.seq ?? 0)
  if (!hasGrown && !kept.lost) return
  const next = hasGrown ? [key.sign({ seq: found.entries, hash: found.head }, new Date())] : []
  await withLockFile(path, stopping, () => append(keeper, latest, next))
}

function tellVerified(metrics: Metrics, holds: boolean): void {
  metrics.auditTrailBroken.set(holds ? 0 : 1)
  metrics.auditVerified.set(Date.now() / 1_000)
}

/** Nothing where another process has signed meanwhile: the next run goes on from its checkpoint, which has been held against the chain then. */
async function append(keeper: Keeper, latest: Checkpoint | undefined, next: readonly Checkpoint[]): Promise<void> {
  const kept = await readKept(keeper)
  if (kept.fault || kept.checkpoints.at(-1)?.seq !== latest?.seq) return
  if (kept.lost) keeper.logger.warn({ path: keeper.path, seq: latest?.seq }, 'a checkpoint was gone; it is put back')
  const checkpoints = [...kept.checkpoints, ...next]
  await writeCheckpointFile(keeper.path, checkpoints)
  keeper.seen = checkpoints.at(-1)
}

const remedy =
  'docs/runbooks/audit-broken.md. Another database needs a STEVEDORE_AUDIT_CHECKPOINTS of its own; for another key bring back the STEVEDORE_AUDIT_KEY that signed them (where none was set: audit-key in STEVEDORE_DATA_DIR), or stop, move the file aside and start.'

/** What to suspect first of a trail that does not hold, as a sentence's end. */
async function findStrangers(ledger: Ledger, { checkpoints }: KeptCheckpoints): Promise<string | undefined> {
  if (checkpoints.length === 0 || (await knowsAny(ledger, checkpoints))) return undefined
  return 'none of them is of this trail: they are of another database, or it was rewritten or cut from before the oldest of them'
}

async function send(keeper: Keeper, stopping: AbortSignal): Promise<void> {
  const { sink, seen, sent } = keeper
  if (!sink || !seen || seen.seq === sent?.seq) return
  await sendCheckpoint(sink, seen, stopping)
  keeper.sent = seen
}

/** With the newest that was seen, also where the file has lost it. */
async function readKept(keeper: Keeper): Promise<KeptCheckpoints & { lost?: boolean }> {
  const { path, key, seen } = keeper
  const kept = await readCheckpointFile(path, key)
  if (kept.fault) return kept
  const latest = kept.checkpoints.at(-1)
  if (seen && (latest?.seq ?? 0) < seen.seq) return { checkpoints: [...kept.checkpoints, seen], lost: true }
  if (latest) keeper.seen = latest
  return kept
}

async function verifyKept(keeper: Keeper, heads: readonly Head[]): Promise<AuditVerification> {
  const kept = await readKept(keeper)
  // Those of a file that has changed are of use all the same: each was signed.
  const all = [...heads, ...kept.checkpoints, ...(keeper.seen ? [keeper.seen] : [])]
  const found = await verifyAudit(keeper.ledger, { heads: all })
  const fault = kept.fault ?? (found.ok ? undefined : await findStrangers(keeper.ledger, kept))
  const ok = found.ok && fault === undefined
  // What a caller holds it against may be of anything: it says nothing of the trail to others.
  if (heads.length === 0) tellVerified(keeper.metrics, ok)
  return { ...found, ok, checkpoints: toView(keeper, kept.checkpoints, fault) }
}

function toView({ key }: Keeper, checkpoints: readonly Checkpoint[], fault: string | undefined): CheckpointsView {
  const latest = checkpoints.at(-1)
  return {
    publicKey: key.publicKey,
    kept: checkpoints.length,
    latest: latest ? { seq: latest.seq, hash: latest.hash, at: latest.at } : null,
    ...(fault !== undefined && { fault }),
  }
}
