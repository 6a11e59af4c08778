import { connect, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { openJob } from '@stevedore/engine/conformance'
import { type BuilderSettings, createDockerImageEngine } from '@stevedore/engine-docker'
import {
  baseImage,
  builderComponent,
  busyboxComponent,
  dockerComponent,
  ensureBaseImage,
  lacks,
  registryComponent,
  startRegistry,
  type TestRegistry,
} from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nearRegistries, openStage, openTestBuilder } from './stage.ts'

const missing = lacks(dockerComponent, busyboxComponent, builderComponent)

describe.skipIf(missing)('a build in a container', () => {
  const stage = openStage()
  const { docker } = stage
  const builder = openTestBuilder(docker)
  const engine = createDockerImageEngine({ ...nearRegistries, builder })
  beforeAll(() => ensureBaseImage(docker))

  const describeRun = (command: string) =>
    stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN ${command}` }, { noCache: true })

  test.each([
    ['takes more memory', 'head -c 700m /dev/zero | tail'],
    ['takes more memory and goes on', 'head -c 700m /dev/zero | tail | wc -c; sleep 1000'],
    ['starts ever more processes', 'b() { b | b & }; b; sleep 1000'],
    ['starts processes that stay', 'while true; do sleep 1000 & done'],
    ['starts processes that stay and goes on', 'sh -c "while true; do sleep 1000 & done"; sleep 1000'],
  ])('ends a step that %s, and no other build (row 68)', async (_, command) => {
    const neighbour = engine.build(describeRun('for i in 1 2 3 4 5 6; do sleep 0.5; done; echo well > /end'), openJob())
    await expect(engine.build(describeRun(command), openJob())).rejects.toMatchObject({ code: 'resource-exceeded' })
    expect(await stage.runInImage((await neighbour).imageId, 'cat', '/end')).toBe('well\n')
  })

  test('ends steps that take all together, and goes on', async () => {
    const bombs = ['a', 'b', 'c', 'd'].map((name) => `FROM ${baseImage} AS ${name}\nRUN b() { b | b & }; b; sleep 1000`)
    const last = `FROM ${baseImage}\n${['a', 'b', 'c', 'd'].map((name) => `COPY --from=${name} /tmp /${name}`).join('\n')}`
    const build = stage.describeBuild({ Dockerfile: [...bombs, last].join('\n') }, { noCache: true })
    await expect(engine.build(build, openJob())).rejects.toMatchObject({ code: 'resource-exceeded' })
    await engine.build(describeRun('true'), openJob())
  })

  test('is held to its limits as a whole, and by what the machine has', async () => {
    await engine.build(describeRun('true'), openJob())
    const { HostConfig } = await docker.getContainer(builder.name).inspect()
    const { NCPU } = await docker.info()
    expect(HostConfig).toMatchObject({ Privileged: false, NanoCpus: Math.min(4, NCPU) * 1e9, Memory: 1_024 * 2 ** 20 })
    expect(HostConfig).toMatchObject({ MemorySwap: HostConfig.Memory, PidsLimit: 2 * 256 + 1_024 })
  })

  test('goes on after its container was killed, and says what happened', async () => {
    const job = openJob()
    const building = engine.build(describeRun('echo sleeping && sleep 1000'), job)
    await expect.poll(() => job.lines.join('\n'), { timeout: 60_000 }).toMatch(/^#\d+ [\d.]+ sleeping$/m)
    await docker.getContainer(builder.name).kill()
    await expect(building).rejects.toMatchObject({ code: 'builder-failed' })
    await engine.build(describeRun('true'), openJob())
  })

  test('is made anew under other limits, when nothing is built', async () => {
    await engine.build(describeRun('true'), openJob())
    const limits = { ...builder.limits, processes: 300 }
    const other = createDockerImageEngine({ builder: { ...builder, limits } })
    const build = async () => {
      await other.build(describeRun('true'), openJob())
      return (await docker.getContainer(builder.name).inspect()).HostConfig.PidsLimit
    }
    await expect.poll(build, { timeout: 100_000 }).toBe(2 * 300 + 1_024)
  })

  describe.skipIf(lacks(registryComponent))('takes images that only this machine can pull', () => {
    let registry: TestRegistry
    let digest = ''
    beforeAll(async () => {
      registry = await startRegistry()
      const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN echo of the registry > /origin` })
      const tag = `${registry.host}/acme/base:1`
      const { imageId } = await engine.build({ ...build, tags: [tag] }, openJob())
      digest = (await engine.push({ tags: [tag], imageId, credential: undefined }, openJob())).digest
      await docker.getImage(tag).remove()
    })
    afterAll(() => registry.stop())

    test.each([
      ['by its tag', 'FROM HOST/acme/base:1'],
      ['by its digest', 'FROM HOST/acme/base@DIGEST AS some\nFROM some'],
      ['by both, in a variable', 'ARG BASE=HOST/acme/base:1@DIGEST\nFROM $BASE AS some'],
      ['to copy from', `FROM ${baseImage}\nCOPY --from=HOST/acme/base:1 /origin /origin`],
      ['to copy from, by its digest', `FROM ${baseImage}\nCOPY --from=HOST/acme/base@DIGEST --chown=0:0 /origin /`],
    ])('%s', async (_, text) => {
      const Dockerfile = text.replaceAll('HOST', registry.host).replaceAll('DIGEST', digest)
      const build = stage.describeBuild({ Dockerfile })
      const reach = { ...build.reach, registries: [registry.host] }
      const job = openJob()
      const { imageId } = await engine.build({ ...build, reach }, job)
      expect(job.lines.join('\n')).not.toContain('stevedore.invalid')
      expect(await stage.runInImage(imageId, 'cat', '/origin')).toBe('of the registry\n')
    })
  })
})

describe.skipIf(missing)('the network of a build in a container (row 67)', () => {
  const stage = openStage()
  const builder = openTestBuilder(stage.docker)
  const engine = createDockerImageEngine({ builder })
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
  let connections = 0
  let server: Server
  let port = 0
  beforeAll(async () => {
    await ensureBaseImage(stage.docker)
    server = createServer((socket) => {
      connections += 1
      socket.on('error', () => {}).end('reached')
    })
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    port = (server.address() as { port: number }).port
  })
  beforeEach(() => {
    connections = 0
  })
  afterAll(() => void server.close())

  const build = (command: string, by = engine, job = openJob()) =>
    by.build(stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN ${command}` }, { noCache: true }), job)
  const ask = (list: string[]) => list.map((address) => `nc -w 2 ${address} ${port} < /dev/null`).join('; ')

  test('leads to no port of this machine, by none of its addresses', async () => {
    expect(addresses.length).toBeGreaterThan(0)
    await build(`${ask([...addresses, '127.0.0.1', '10.255.254.1'])}; true`)
    expect(connections).toBe(0)
  })

  test('leads there where the engine builds by itself, and where the address is opened', async () => {
    const [address = ''] = addresses
    await build(`${ask([address])}; true`, createDockerImageEngine())
    expect(connections).toBe(1)
    const open: BuilderSettings = { ...builder, networks: [address] }
    await build(`${ask([address])}; true`, createDockerImageEngine({ builder: open }))
    expect(connections).toBe(2)
  })

  test('leads to no container beside it', async () => {
    const Cmd = ['nc', '-ll', '-p', '80', '-e', 'echo', 'reached']
    const listener = await stage.docker.createContainer({ Image: baseImage, Cmd })
    try {
      await listener.start()
      const { NetworkSettings } = await listener.inspect()
      const address = NetworkSettings.Networks.bridge?.IPAddress ?? ''
      await expect.poll(() => readAnswer(address), { timeout: 30_000 }).toBe('reached\n')
      const job = openJob()
      await build(`nc -w 2 ${address} 80 < /dev/null; true`, engine, job)
      expect(job.lines.join('\n')).not.toContain(' reached')
    } finally {
      await listener.remove({ force: true })
    }
  })

  test('leads to no other build', async () => {
    const ending = new AbortController()
    const first = openJob({ signal: ending.signal })
    const own = '$(ip -o -4 address show eth0 | sed "s/.* inet //; s#/.*##")'
    const listen = `nc -ll -p 80 -e echo reached & own=${own}; until nc -w 1 $own 80 < /dev/null; do sleep 0.2; done`
    const ended = build(`${listen}; echo at $own; sleep 1000`, engine, first).catch(() => undefined)
    try {
      await expect.poll(() => first.lines.join('\n'), { timeout: 60_000 }).toMatch(/ at 10\.255\.254\.\d+/)
      expect(first.lines.join('\n')).toContain(' reached')
      const [, address = ''] = / at (10\.255\.254\.\d+)/.exec(first.lines.join('\n')) ?? []
      const second = openJob()
      await build(`nc -w 2 ${address} 80 < /dev/null; true`, engine, second)
      expect(second.lines.join('\n')).not.toContain(' reached')
    } finally {
      ending.abort(new Error('the test is over'))
      await ended
    }
  })
})

function readAnswer(host: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(80, host, () => socket.end())
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
}

describe.skipIf(missing)('a builder that cannot be had', () => {
  const stage = openStage()
  const builder = openTestBuilder(stage.docker, { image: 'stevedore.invalid/nothing:1' })
  const run = () => stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN true` })
  beforeAll(() => ensureBaseImage(stage.docker))

  test('fails a build that must be contained', async () => {
    const engine = createDockerImageEngine({ builder })
    await expect(engine.build(run(), openJob())).rejects.toMatchObject({ code: 'builder-failed' })
  })

  test('leaves others to the engine, and says so each time', async () => {
    const engine = createDockerImageEngine({ builder: { ...builder, mode: 'auto' } })
    for (const job of [openJob(), openJob()]) {
      await engine.build(run(), job)
      expect(job.lines).toContainEqual(expect.stringMatching(/^warning: this build has no limits/))
    }
  })

  test('is not had by the name of a container of others', async () => {
    const name = `${builder.name}-other`
    const other = await stage.docker.createContainer({ name, Image: baseImage })
    try {
      const engine = createDockerImageEngine({ builder: { ...builder, name } })
      await expect(engine.build(run(), openJob())).rejects.toMatchObject({
        code: 'builder-failed',
        diagnosis: expect.stringContaining(name),
      })
    } finally {
      await other.remove({ force: true })
    }
  })
})
