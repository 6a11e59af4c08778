import {
  type BuildReport,
  describeCounts,
  durationMs,
  FailureError,
  mostFindings,
  type ScanFinding,
  type ScanReport,
  type ScanSpec,
  stepResults,
} from '@stevedore/contract'
import { isDatabaseTooOld, judgeScan } from '@stevedore/domain'
import { type BuildReach, nameUnscanned, type WorkContext } from '@stevedore/engine'
import { tools } from '@stevedore/scanner'
import type { Run } from '../attempt/run.ts'
import { Stop } from '../attempt/stop.ts'

/** What was built and is not one of the app's images yet. */
export interface Unscanned {
  imageId: string
  size: number
  tags: string[]
  report: BuildReport
}

interface Scanning {
  scan: ScanSpec
  target: string
  unscanned: Unscanned
  /** A folder of the workspace. */
  scratchDir: string
  reach: BuildReach
}

/**
 * The step that scans a built image: one that passes gets its tags and is recorded with what was found; one that does not is gone, and
 * what its tags meant before they still mean.
 */
export async function scanTarget(run: Run<'build'>, scanning: Scanning): Promise<void> {
  const { scan, target } = scanning
  const timeoutMs = durationMs(scan.timeout)
  await run.step(`scan ${target}`, stepResults.scan, (context) => scanImage(run, context, scanning), { timeoutMs })
}

async function scanImage(run: Run<'build'>, context: WorkContext, scanning: Scanning): Promise<ScanReport> {
  const { images } = run.worker.engines
  const { unscanned, target } = scanning
  const { imageId, tags, ...built } = unscanned
  const waiting = [nameUnscanned(run.job.id, target)]
  try {
    const scan = await judgeImage(run, context, scanning)
    await images.tag(imageId, tags, context)
    const { version, registry, image_name: name } = built.report
    const image = { app: run.job.app, version, target, registry, name, imageId, tags, ...built, scan }
    await run.ledger.recordImage({ image })
    await images.remove(waiting, context.signal)
    return scan
  } catch (error) {
    // What failed is told whatever becomes of the image: retention finds it as well.
    if (isOver(run, error)) await images.remove(waiting, run.leaseSignal).catch(() => undefined)
    throw error
  }
}

/** Whether no other attempt will want the image. */
function isOver(run: Run, error: unknown): boolean {
  if (error instanceof FailureError) return !run.willRetry(error.toFailure())
  return error instanceof Stop && error.reason === 'cancelled'
}

/** @throws FailureError `vulnerabilities-found`, `scan-unavailable`, … */
async function judgeImage(run: Run<'build'>, context: WorkContext, scanning: Scanning): Promise<ScanReport> {
  const { scan, unscanned, scratchDir, reach } = scanning
  const { program, readReport } = tools[scan.tool]
  const wanted = { app: run.job.app, imageId: unscanned.imageId, tool: scan.image, program, scratchDir, reach }
  const { toolVersion, databaseBuiltAt, found } = readReport(await run.worker.engines.images.scan(wanted, context))
  const now = await run.ledger.readClock()
  if (isDatabaseTooOld(databaseBuiltAt, now)) throw refuseOld(databaseBuiltAt)
  const { failing, findings, ...counted } = judgeScan(found, scan, now.toISOString().slice(0, 10))
  const report: ScanReport = {
    ...{ tool: scan.tool, image: scan.image, toolVersion, scannedAt: now.toISOString() },
    ...{ databaseBuiltAt: databaseBuiltAt.toISOString(), ...counted, findings: findings.slice(0, mostFindings) },
  }
  for (const line of tellReport(report)) context.log(line)
  if (failing.length > 0) throw refuseImage(scan, report, failing)
  return report
}

function refuseOld(builtAt: Date): FailureError {
  const diagnosis = `the vulnerability database is of ${builtAt.toISOString()}, more than five days old, and could not be brought up to date`
  return new FailureError('scan-unavailable', { diagnosis })
}

const toldFindings = 10

function refuseImage({ fail }: ScanSpec, report: ScanReport, failing: readonly ScanFinding[]): FailureError {
  const more = failing.length > toldFindings ? [`and ${failing.length - toldFindings} more`] : []
  const head = `${failing.length} of severity ${fail} or worse${failing.length > 1 ? '; the worst' : ''}:`
  const told = failing.slice(0, toldFindings).map(describeFinding)
  const diagnosis = [head, ...told, ...more, ...tellReport(report)].join('\n')
  return new FailureError('vulnerabilities-found', { diagnosis })
}

function describeFinding({ id, severity, package: name, installed, fixed }: ScanFinding): string {
  return `${severity} ${id}: ${name} ${installed}, ${fixed === null ? 'no fix yet' : `fixed in ${fixed}`}`
}

/** What was found in all, what was left out, and by what. */
function tellReport({ counts, ignored, unfixed, expired, tool, toolVersion, databaseBuiltAt }: ScanReport): string[] {
  const leftOut = [ignored && `${ignored} ignored`, unfixed && `${unfixed} without a fix left out`].filter(Boolean)
  const by = `${tool}${toolVersion === null ? '' : ` ${toolVersion}`}, with the database of ${databaseBuiltAt}`
  return [
    `found ${[describeCounts(counts), ...leftOut].join('; ')} (${by})`,
    ...expired.map((id) => `scan.ignore has ${id} until a day that is over: it counts again`),
  ]
}
