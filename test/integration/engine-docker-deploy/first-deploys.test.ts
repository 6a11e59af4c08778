import { openContext } from '@stevedore/engine/conformance'
import { createDockerDeployEngine } from '@stevedore/engine-docker'
import { lacks, openTestDocker } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFiles } from '../../../packages/engine-docker/src/client/archive.ts'
import { proxyFolders } from '../../../packages/engine-docker/src/proxy/folders.ts'
import { openPlace, openStage, removeProxy, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('a host on which nothing was ever deployed', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  test.each([1, 2])('first deploys of several workers at once make one proxy, and all are served (%i)', async () => {
    await removeProxy(stage.docker, stage.proxy.name)
    const places = await Promise.all([1, 2, 3].map(() => openPlace(stage)))
    await Promise.all(
      places.map(async ({ makeRelease }) => {
        const engine = createDockerDeployEngine({ docker: stage.docker, proxy: stage.proxy, network: stage.network })
        const release = makeRelease({ revision: 1, behaviour: 'healthy' })
        const context = openContext({ jobId: release.app })
        await engine.prepare(release, context)
        await engine.scaleUp(release, 1, context)
        await engine.route(release, { 1: 100 }, context)
        await engine.finalize(release, [], context)
      }),
    )
    for (const { request } of places) expect(await request('/')).toEqual({ status: 200, revision: 1 })
  })

  test('who comes too late to hold the lock writes no base', async () => {
    await removeProxy(stage.docker, stage.proxy.name)
    const late = new AbortController()
    const docker = openTestDocker()
    const create = docker.createContainer.bind(docker)
    docker.createContainer = async (spec: { name?: string }) => {
      const made = await create(spec)
      if (spec.name === stage.proxy.name) late.abort(new Error('too late'))
      return made
    }
    const engine = createDockerDeployEngine({ docker, proxy: stage.proxy, network: stage.network })
    const release = (await openPlace(stage)).makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(engine.prepare(release, openContext({ signal: late.signal }))).rejects.toThrow('too late')
    expect(await readFiles(stage.docker.getContainer(stage.proxy.name), proxyFolders.base)).toEqual({})
  })
})
