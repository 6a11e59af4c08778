import { stepResults } from '@stevedore/contract'
import type { Handlers } from '@stevedore/worker'
import { pushTarget } from '../../apps/worker/src/handlers/push-target.ts'

const target = 'production'

/** A build as the product's, but for its source: there is no checkout, and so no file. */
export const build: Handlers['build'] = async (run) => {
  const { app, resolved } = run.job
  const version = resolved.version ?? '1.0.0'
  const made = await run.step(`build ${target}`, stepResults.built, async (context) => {
    const image = await run.worker.engines.images.build(
      {
        ...{ app, contextDir: '', dockerfile: 'Dockerfile', target, tags: [], labels: {}, args: {}, secrets: {} },
        ...{ noCache: false, cacheScope: app },
        reach: { addresses: true, foreign: [], registries: [], allowedHosts: [], frontends: [], maxBytes: 1 },
      },
      context,
    )
    const { imageId, size } = image
    const report = {
      ...{
        build_date: '2026-01-01T00:00:00.000Z',
        version,
        vcs_ref: '0'.repeat(40),
        target,
        registry: resolved.registry,
      },
      ...{ image_name: `acme/${app}`, digest: imageId, size, duration_ms: 1, pushed: false },
    }
    const tags = [`${resolved.registry}/acme/${app}:${version}-${target}`]
    await run.ledger.recordImage({
      image: { app, version, target, name: `acme/${app}`, registry: resolved.registry, tags, imageId, size, report },
    })
    return { imageId, size, report, tags }
  })
  await pushTarget(run, version, target)
  return { type: 'succeeded', result: { version, commit: '0'.repeat(40), reports: made ? [made.report] : [] } }
}
