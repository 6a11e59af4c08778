/** A worker of its own: carries out, one after another, the releases that it is given on standard input. */
import { text } from 'node:stream/consumers'
import type { Release } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { createDockerDeployEngine, openDocker, type ProxySettings } from '@stevedore/engine-docker'

interface Work {
  proxy: ProxySettings
  network: string
  jobId: string
  releases: Release[]
}

const { proxy, network, jobId, releases } = JSON.parse(await text(process.stdin)) as Work
const engine = createDockerDeployEngine({ docker: openDocker(), proxy, network })
for (const release of releases) {
  await engine.scaleUp(release, 1, openContext({ jobId }))
  await engine.route(release, { [release.revision]: 100 }, openContext({ jobId }))
  await engine.finalize(release, [], openContext({ jobId }))
}
