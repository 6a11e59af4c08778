import type { FromImage } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execIn } from '../../../packages/engine-docker/src/client/exec.ts'
import { openPlace, openStage, type PlaceHarness, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)

describe.skipIf(lacks(...stageComponents))('who a replica runs as, and what it may do', () => {
  let stage: Stage
  /** With a folder that is root's own, and an account of its own. */
  let image = ''
  beforeAll(async () => {
    stage = await openStage()
    image = await commit(
      stage,
      "mkdir /data && echo 'svc:x:4242:77::/:' >> /etc/passwd && echo 'more:x:90:svc' >> /etc/group",
    )
  })
  afterAll(async () => {
    await stage.close()
    await stage.docker.getImage(image).remove({ force: true })
  })

  async function start(settings: object, fromImage?: FromImage) {
    const place = await openPlace(stage, { settings: { ...settings } })
    const made = place.makeRelease({ revision: 1, behaviour: 'healthy' })
    const release: Release = { ...made, image, settings: { ...made.settings, fromImage } }
    await place.engine.scaleUp(release, 1, openContext())
    return { place, run: await openShell(place) }
  }

  async function openShell({ engine, place }: PlaceHarness) {
    const [replica] = (await engine.observe(place, soon())).replicas
    const container = stage.docker.getContainer(replica?.name ?? '')
    return async (command: string) => {
      const { exitCode, stdout, stderr } = await execIn(container, ['sh', '-c', command], { signal: soon() })
      return exitCode === 0 ? stdout.trim() : `${exitCode}: ${stderr}`
    }
  }

  test("the image's own user writes where it may, over a folder of root's too", async () => {
    const { run } = await start({ writablePaths: ['/data', '/fresh/one'] }, { user: 4242 })
    expect(await run('id')).toMatch(/^uid=4242.* gid=77.* groups=77,90/)
    expect(await run('touch /data/x /fresh/one/x /tmp/x && echo done')).toBe('done')
    expect(await run('touch /app/x')).toMatch(/Read-only file system/)
  })

  test('root has the capabilities that are named and no others, behind a first process of its own', async () => {
    const settings = { allowRoot: true, readOnlyRoot: false, capabilities: ['CHOWN', 'SETGID', 'SETUID'], init: true }
    const { run } = await start(settings, { user: 0 })
    expect(await run('id -u; chown 7:7 /data; stat -c %u /data')).toBe('0\n7')
    expect(await run('grep CapEff /proc/self/status')).toMatch(/00000000000000c1$/)
    expect(await run("tr '\\0' ' ' < /proc/1/cmdline")).toMatch(/init -- node/)
  })

  test("arguments stand beside the command, and the image's HEALTHCHECK is asked", async () => {
    const settings = {
      command: ['node'],
      args: ['/app/serve.mjs', 'ignored'],
      health: { interval: '200ms', threshold: 1 },
    }
    const health = { command: ['sh', '-c', 'echo asked > /tmp/asked'], timeout: '5000ms' }
    const { run } = await start(settings, { health })
    expect(await run("tr '\\0' ' ' < /proc/1/cmdline; cat /tmp/asked")).toBe('node /app/serve.mjs ignored asked')
  })

  test('what dies of a refusal says which settings mend it', async () => {
    const command = ['sh', '-c', 'touch /data/x']
    await expect(start({ command })).rejects.toMatchObject({
      code: 'container-crashed',
      diagnosis: expect.stringMatching(/Read-only file system.*list \/data under writablePaths/s),
    })
    await expect(start({ command, readOnlyRoot: false })).rejects.toMatchObject({
      diagnosis: expect.stringMatching(/Permission denied.*set user to .*\/data under writablePaths/s),
    })
  })

  test('a name that no number is known for is refused before anything runs', async () => {
    const { engine, makeRelease } = await openPlace(stage)
    const made = makeRelease({ revision: 1, behaviour: 'healthy' })
    const settings = { ...made.settings, fromImage: { user: 'toor' } }
    await expect(engine.prepare({ ...made, settings }, openContext())).rejects.toMatchObject({
      code: 'user-unknown',
      diagnosis: expect.stringContaining('"toor"'),
    })
  })
})

async function commit({ docker, image }: Stage, script: string): Promise<string> {
  const container = await docker.createContainer({ Image: image, Entrypoint: ['sh', '-c'], Cmd: [script] })
  try {
    await container.start()
    await container.wait()
    return (await container.commit({ changes: 'ENTRYPOINT ["node"]\nCMD ["/app/serve.mjs"]' })).Id
  } finally {
    await container.remove({ force: true })
  }
}
