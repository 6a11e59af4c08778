import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import {
  buildFixtureImage,
  busyboxComponent,
  dockerComponent,
  type Interception,
  lacks,
  openTestDocker,
  type RegistryFront,
  registryAccount,
  registryComponent,
  removeImages,
  startRegistry,
  startRegistryFront,
  type TestRegistry,
} from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { nearRegistries } from './stage.ts'

const missing = lacks(dockerComponent, registryComponent, busyboxComponent)
const docker = openTestDocker()
const engine = createDockerImageEngine(nearRegistries)
const soon = () => AbortSignal.timeout(20_000)

async function makeImage(host: string, tag: string = randomUUID()): Promise<{ tags: string[]; imageId: string }> {
  const tags = [`${host}/acme/shop:${tag}`, `${host}/acme/shop:${tag}-latest`]
  await buildFixtureImage(docker, { reference: tags[0]!, version: randomUUID() })
  await docker.getImage(tags[0]!).tag({ repo: `${host}/acme/shop`, tag: `${tag}-latest` })
  return { tags, imageId: (await docker.getImage(tags[0]!).inspect()).Id }
}

describe.skipIf(missing)('a registry', () => {
  let registry: TestRegistry
  let front: RegistryFront
  beforeAll(async () => {
    registry = await startRegistry()
    front = await startRegistryFront(registry.host)
  })
  afterEach(() => front.intercept(undefined))
  afterAll(async () => {
    await removeImages(docker, `${registry.host}/acme/shop`)
    await removeImages(docker, `${front.host}/acme/shop`)
    await front.stop()
    await registry.stop()
  })

  test('gets nothing once the fence is lost', async () => {
    const image = await makeImage(front.host)
    const before = front.requests.length
    const fence = () => Promise.reject(new Error('stale'))
    await expect(engine.push({ ...image, credential: undefined }, openJob({ fence }))).rejects.toThrow('stale')
    expect(front.requests.slice(before).filter((request) => !/^(HEAD|GET) /.test(request))).toEqual([])
  })

  test('that throttles says how long, and is heard', async () => {
    const image = await makeImage(front.host)
    front.intercept((_request, response) => answer(response, 429, { 'retry-after': '7' }))
    const pushed = engine.push({ ...image, credential: undefined }, openJob())
    await expect(pushed).rejects.toMatchObject({ code: 'registry-throttled', retryAfterMs: 7_000, retryable: true })
    await expect(engine.resolve(image.tags[0]!, undefined, soon())).rejects.toMatchObject({ retryAfterMs: 7_000 })
  })

  test.each([
    [500, 'registry-unreachable', true],
    [503, 'registry-unreachable', true],
    [403, 'registry-denied', false],
    [400, 'registry-refused', false],
  ] as const)('that answers %i means %s', async (status, code, retryable) => {
    const image = await makeImage(front.host)
    front.intercept((_request, response) => answer(response, status))
    const pushed = engine.push({ ...image, credential: undefined }, openJob())
    await expect(pushed).rejects.toMatchObject({ code, retryable })
  })

  // Row 96.
  test.each<[string, (body: string) => [body: string, digest: string | undefined]]>([
    ['another digest than its bytes have', (body) => [body, `sha256:${'a'.repeat(64)}`]],
    ['another image than was pushed', (body) => [`${body} `, undefined]],
  ])('that gives back %s is not believed', async (_what, change) => {
    const image = await makeImage(front.host)
    front.intercept(alterManifest(registry.host, change))
    const pushed = engine.push({ ...image, credential: undefined }, openJob())
    await expect(pushed).rejects.toMatchObject({ code: 'digest-mismatch' })
  })

  test('a cancel ends a push that hangs', async () => {
    const image = await makeImage(front.host)
    const [stop, reason] = [new AbortController(), new Error('cancelled')]
    front.intercept(({ method }) => {
      if (method === 'POST') stop.abort(reason)
      return method === 'POST'
    })
    const pushed = engine.push({ ...image, credential: undefined }, openJob({ signal: stop.signal }))
    await expect(pushed).rejects.toBe(reason)
  })

  test('that is away is said to be', async () => {
    const image = await makeImage('127.0.0.1:1')
    const pushed = engine.push({ ...image, credential: undefined }, openJob())
    await expect(pushed).rejects.toMatchObject({ code: 'registry-unreachable' })
    await removeImages(docker, '127.0.0.1:1/acme/shop')
  })

  test('an image is removed by its tags; an absent one and one in use are no failure', async () => {
    const { tags, imageId } = await makeImage(registry.host)
    const container = await docker.createContainer({ Image: tags[0]! })
    await engine.remove([...tags, `${registry.host}/acme/absent:1`], soon())
    expect(
      await docker
        .getImage(imageId)
        .inspect()
        .then(
          () => true,
          () => false,
        ),
    ).toBe(true)
    await container.remove({ force: true })
    await engine.remove([...tags, imageId], soon())
    await expect(docker.getImage(imageId).inspect()).rejects.toMatchObject({ statusCode: 404 })
  })
})

describe.skipIf(missing)('a registry that asks for a sign-in', () => {
  let registry: TestRegistry
  let image: Awaited<ReturnType<typeof makeImage>>
  let dir = ''
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'stevedore-config-'))
    registry = await startRegistry({ signIn: true })
    image = await makeImage(registry.host)
  })
  afterAll(async () => {
    await removeImages(docker, `${registry.host}/acme/shop`)
    await registry.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  test('takes a stored credential', async () => {
    const { digest } = await engine.push({ ...image, credential: registryAccount }, openJob())
    expect(await engine.resolve(image.tags[0]!, registryAccount, soon())).toBe(digest)
  })

  test('takes the sign-in of the worker’s own settings', async () => {
    const { username, password } = registryAccount
    const auth = Buffer.from(`${username}:${password}`).toString('base64')
    const registryConfigPath = join(dir, 'config.json')
    writeFileSync(registryConfigPath, JSON.stringify({ auths: { [registry.host]: { auth } } }))
    const signedIn = createDockerImageEngine({ ...nearRegistries, registryConfigPath })
    await expect(signedIn.push({ ...image, credential: undefined }, openJob())).resolves.toHaveProperty('digest')
  })

  test.each([
    ['none', undefined],
    ['a wrong one', { username: 'stevedore', password: 'wrong-password' }],
  ])('refuses %s, without saying what was given', async (_what, credential) => {
    const context = openJob()
    const failure = await engine.push({ ...image, credential }, context).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'registry-denied', retryable: false })
    expect(JSON.stringify([failure, context.lines])).not.toContain('wrong-password')
  })
})

type Answer = Parameters<Interception>[1]

function answer(response: Answer, status: number, headers: Record<string, string> = {}, body = ''): boolean {
  response.writeHead(status, headers).end(body)
  return true
}

/** Lets everything through but the manifests that are read: those come back changed. */
function alterManifest(
  registry: string,
  change: (body: string) => [body: string, digest: string | undefined],
): Interception {
  return ({ method, url = '', headers }, response) => {
    if (method !== 'GET' || !url.includes('/manifests/')) return false
    void fetch(`http://${registry}${url}`, { headers: { accept: String(headers.accept) } }).then(async (original) => {
      const [body, digest] = change(await original.text())
      const type = original.headers.get('content-type') ?? ''
      answer(response, 200, { 'content-type': type, ...(digest ? { 'docker-content-digest': digest } : {}) }, body)
    })
    return true
  }
}
