import {
  type BuildReport,
  durationMs,
  imageNameOf,
  imageTags,
  lastStage,
  type ResolvedBuild,
  stepResults,
  usualTarget,
} from '@stevedore/contract'
import { deriveVersion } from '@stevedore/domain'
import { type BuildReach, findInside, labelKeys, nameUnscanned, type WorkContext } from '@stevedore/engine'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { type CheckedOut, checkOut } from './check-out.ts'
import { continuePipeline } from './continue-pipeline.ts'
import { pushTarget } from './push-target.ts'
import { scanTarget, type Unscanned } from './scan-target.ts'

/** Checks out, builds each target, scans each where the spec says so, and pushes each when asked to. */
export async function build(run: Run<'build'>): Promise<Outcome> {
  const { resolved } = run.job
  const { scan } = run.spec
  run.expectSteps(1 + (resolved.targets?.length ?? 1) * (1 + Number(scan !== undefined) + Number(resolved.push)))
  await reapLost(run)
  const source = await checkOut(run, resolved)
  const version = resolved.version ?? nameVersion(source, resolved.trusted)
  const targets = resolved.targets ?? [await chooseDefault(run, source)]
  const timeoutMs = durationMs(run.spec.build.timeout)
  const reports: BuildReport[] = []
  for (const target of targets) {
    const work = (context: WorkContext) => buildTarget(run, context, { source, version, target })
    const unscanned = await run.step(`build ${target}`, stepResults.built, work, { timeoutMs })
    if (scan && unscanned) {
      const [scratchDir, reach] = [source.dir, await openReach(run)]
      await scanTarget(run, { scan, target, unscanned, scratchDir, reach })
    }
    if (resolved.push) await pushTarget(run, version, target)
    reports.push(await readReport(run, version, target))
  }
  const target = targets.length === 1 ? targets[0] : undefined
  return continuePipeline(run, { version, target }, { version, commit: source.commit, reports })
}

/** A stranger's commit may be made to describe itself as one of ours: its version takes the place of none. */
function nameVersion({ describe, commit }: CheckedOut, trusted: boolean): string {
  return trusted ? (deriveVersion(describe) ?? commit.slice(0, 12)) : `fork-${commit}`
}

/** What a lost attempt left half built would be in the way. */
async function reapLost({ job, worker, signal }: Run): Promise<void> {
  if (job.attempt > 1) await worker.engines.images.reapBuild(job.id, signal)
}

/** The Dockerfile's `production`, else its last stage. */
async function chooseDefault({ worker, spec, signal }: Run<'build'>, source: CheckedOut): Promise<string> {
  const contextDir = await findInside(source.dir, spec.source.path)
  const stages = await worker.engines.images.listStages({ contextDir, dockerfile: spec.build.dockerfile }, signal)
  return stages.includes(usualTarget) ? usualTarget : lastStage
}

/** A stage of the Dockerfile; undefined for its last one. */
function stageOf({ targets }: ResolvedBuild, target: string): string | undefined {
  return targets === null && target === lastStage ? undefined : target
}

async function readReport({ ledger, job }: Run, version: string, target: string): Promise<BuildReport> {
  const [image] = await ledger.listImages({ app: job.app, version, target, limit: 1 })
  if (!image) throw new Error(`no image of ${job.app} ${version} ${target} is recorded`)
  return image.report
}

/** What one image is made of. */
interface Making {
  source: CheckedOut
  version: string
  target: string
}

/** One that is to be scanned gets its tags, and is recorded, when it has passed. */
async function buildTarget(run: Run<'build'>, context: WorkContext, making: Making): Promise<Unscanned | null> {
  const { resolved } = run.job
  const { source, version, target } = making
  const { build, source: declared } = run.spec
  const buildDate = new Date().toISOString()
  const tags = nameTags(run, version, target)
  const startedAt = performance.now()
  const warnings = new Set(source.warnings)
  const built = await run.worker.engines.images.build(
    {
      app: run.job.app,
      contextDir: await findInside(source.dir, declared.path),
      dockerfile: build.dockerfile,
      target: stageOf(resolved, target),
      tags: run.spec.scan ? [nameUnscanned(run.job.id, target)] : tags,
      labels: labelImage(run, making, buildDate),
      args: { ...build.args, BUILD_DATE: buildDate, VERSION: version, VCS_REF: source.commit },
      secrets: resolved.trusted ? await run.secrets.reveal(build.secrets) : {},
      noCache: resolved.noCache,
      cacheScope: resolved.cacheScope,
      reach: await openReach(run),
    },
    { ...context, warn: (line) => warnings.add(line) },
  )
  const report = writeReport(run, making, {
    ...{ ...built, buildDate, durationMs: performance.now() - startedAt },
    warnings: [...warnings],
  })
  if (run.spec.scan) return { ...built, tags, report }
  await run.ledger.recordImage({ image: { app: run.job.app, ...nameImage(report), tags, ...built, report } })
  return null
}

/** What a stranger built moves no tag that a person, a Dockerfile or a deploy names: it has its own version's alone. */
function nameTags({ job: { resolved }, spec }: Run<'build'>, version: string, target: string): string[] {
  const [own, moving] = imageTags(resolved.registry, imageNameOf(spec), version, target)
  return resolved.trusted ? [own, moving] : [own]
}

async function openReach({
  job: { resolved, app },
  spec,
  ledger,
  worker: { config },
}: Run<'build'>): Promise<BuildReach> {
  return {
    addresses: resolved.trusted,
    foreign: await ledger.listForeignRepositories(app),
    registries: [spec.image.registry, resolved.registry].filter((registry) => typeof registry === 'string'),
    allowedHosts: config.allowedHosts,
    frontends: config.dockerfileFrontends,
    maxBytes: config.maxSourceBytes,
  }
}

function writeReport(
  { job, spec }: Run<'build'>,
  { source, version, target }: Making,
  built: { imageId: string; size: number; buildDate: string; durationMs: number; warnings: string[] },
): BuildReport {
  return {
    build_date: built.buildDate,
    version,
    vcs_ref: source.commit,
    target,
    registry: job.resolved.registry,
    image_name: imageNameOf(spec),
    digest: built.imageId,
    size: built.size,
    duration_ms: Math.round(built.durationMs),
    pushed: false,
    ...(built.warnings.length > 0 ? { warnings: built.warnings } : {}),
  }
}

function nameImage({ version, target, registry, image_name }: BuildReport) {
  return { version, target, registry, name: image_name }
}

function labelImage(run: Run, { source, version, target }: Making, buildDate: string): Record<string, string> {
  return {
    'org.opencontainers.image.created': buildDate,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': source.commit,
    'org.opencontainers.image.source': run.spec.source.git ?? 'upload',
    'org.opencontainers.image.title': run.job.app,
    [labelKeys.app]: run.job.app,
    [labelKeys.job]: run.job.id,
    [labelKeys.target]: target,
  }
}
