import { type BuildPayload, type BuildReport, durationMs, imageTags, lastStage } from '@stevedore/contract'
import { labelKeys, type WorkContext } from '@stevedore/engine'
import { listImages, recordImage, recordPush } from '@stevedore/ledger'
import type { Outcome } from '../executor/outcome.ts'
import type { Run } from '../executor/run.ts'
import { revealRegistryCredential, revealSecrets } from './credentials.ts'
import { type FetchedSource, fetchSource, locateInside } from './fetch-source.ts'
import { resolveFollowUps } from './follow-ups.ts'

/** A push that moves nothing for so long is stuck; layers that have arrived are not sent again. */
export const pushLimits = { timeoutMs: 30 * 60_000 }

/** Checks out, builds each target, and pushes each when asked to. */
export async function build(run: Run): Promise<Outcome> {
  const payload = run.job.payload as BuildPayload
  const targets = payload.targets ?? [lastStage]
  run.expectSteps(1 + targets.length * (payload.push ? 2 : 1))
  try {
    const source = await checkOut(run, payload)
    const version = payload.version ?? toVersion(source.describe)
    const reports: BuildReport[] = []
    for (const target of targets) {
      await run.step(`build ${target}`, (context) => buildTarget(run, context, payload, source, version, target), {
        timeoutMs: durationMs(run.spec.build.timeout),
      })
      if (payload.push)
        await run.step(`push ${target}`, (context) => pushTarget(run, context, version, target), pushLimits)
      reports.push(
        ...(await listImages(run.worker.ledger, { app: run.job.app, version, target, limit: 1 })).map(
          (image) => image.report,
        ),
      )
    }
    const followUps = await resolveFollowUps(run, version)
    return { type: 'succeeded', result: { version, commit: source.commit, reports }, ...(followUps && { followUps }) }
  } finally {
    await run.worker.workspace.remove(run.job.id)
  }
}

/** The files are gone with an earlier attempt's worker, so they are fetched again: at the very commit that it recorded. */
function checkOut(run: Run, payload: BuildPayload): Promise<FetchedSource> {
  const earlier = run.finished.get('checkout') as FetchedSource | undefined
  return run.step(
    'checkout',
    async (context) => {
      if (run.job.attempt > 1) await run.worker.engines.images.reapBuild(run.job.id, context.signal)
      return fetchSource(run, context, payload, earlier?.commit)
    },
    { always: true },
  )
}

/** `git describe` may give what a tag of an image may not hold. */
function toVersion(describe: string): string {
  return describe
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 63)
}

async function buildTarget(
  run: Run,
  context: WorkContext,
  payload: BuildPayload,
  source: FetchedSource,
  version: string,
  target: string,
): Promise<BuildReport> {
  const { spec, job } = run
  const tags = imageTags(payload.registry, spec.image.name, version, target)
  const buildDate = new Date().toISOString()
  const secrets = payload.trusted ? await revealSecrets(run, spec.build.secrets) : {}
  const startedAt = performance.now()
  const built = await run.worker.engines.images.build(
    {
      app: job.app,
      contextDir: await locateInside(source, spec.source.path),
      dockerfile: spec.build.dockerfile,
      target: payload.targets ? target : undefined,
      tags,
      labels: labelImage(run, { buildDate, version, commit: source.commit, target }),
      args: { ...spec.build.args, BUILD_DATE: buildDate, VERSION: version, VCS_REF: source.commit },
      secrets,
      noCache: payload.noCache,
      cacheScope: payload.cacheScope,
    },
    context,
  )
  const report: BuildReport = {
    build_date: buildDate,
    version,
    vcs_ref: source.commit,
    target,
    registry: payload.registry,
    image_name: spec.image.name,
    digest: built.imageId,
    size: built.size,
    duration_ms: Math.round(performance.now() - startedAt),
    pushed: false,
  }
  const image = {
    app: job.app,
    version,
    target,
    registry: payload.registry,
    name: spec.image.name,
    tags,
    imageId: built.imageId,
    size: built.size,
    report,
  }
  await recordImage(run.worker.ledger, { ...run.message, image, by: run.by })
  return report
}

function labelImage(
  run: Run,
  built: { buildDate: string; version: string; commit: string; target: string },
): Record<string, string> {
  return {
    'org.opencontainers.image.created': built.buildDate,
    'org.opencontainers.image.version': built.version,
    'org.opencontainers.image.revision': built.commit,
    'org.opencontainers.image.source': run.spec.source.git ?? 'upload',
    'org.opencontainers.image.title': run.job.app,
    [labelKeys.app]: run.job.app,
    [labelKeys.job]: run.job.id,
    [labelKeys.target]: built.target,
  }
}

/** Pushes the image as it was recorded and records the digest that the registry gives back. */
export async function pushTarget(
  run: Run,
  context: WorkContext,
  version: string,
  target: string,
): Promise<{ digest: string }> {
  const { ledger, engines } = run.worker
  const [image] = await listImages(ledger, { app: run.job.app, version, target, limit: 1 })
  if (!image) throw new Error(`no image of ${run.job.app} ${version} ${target} is recorded`)
  const credential = await revealRegistryCredential(run)
  const { digest } = await engines.images.push({ tags: image.tags, imageId: image.imageId, credential }, context)
  await recordPush(ledger, { ...run.message, app: run.job.app, version, target, digest, by: run.by })
  return { digest }
}
