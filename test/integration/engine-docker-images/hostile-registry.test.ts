import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { listenLocally, stopServer } from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that does as a test says, and keeps what it was asked. */
interface Host {
  host: string
  asked: { path: string; authorization: string | undefined }[]
  answers: Answer
}

const servers: Server[] = []
async function openHost(): Promise<Host> {
  const own: Host = { host: '', asked: [], answers: (_request, response) => response.writeHead(404).end() }
  const server = createServer((request, response) => {
    own.asked.push({ path: request.url ?? '', authorization: request.headers.authorization })
    own.answers(request, response)
  })
  servers.push(server)
  own.host = `127.0.0.1:${await listenLocally(server)}`
  return own
}

const credential = { username: 'robot', password: 'hunter2222' }
const allowed: string[] = []
const engine = createDockerImageEngine({ listAllowedHosts: async () => allowed })
const soon = () => AbortSignal.timeout(30_000)
let registry: Host
let other: Host

beforeAll(async () => {
  registry = await openHost()
  other = await openHost()
})
afterEach(() => {
  allowed.splice(0, allowed.length, registry.host)
  for (const host of [registry, other]) host.asked.length = 0
})
beforeAll(() => void allowed.push(registry.host))
afterAll(() => Promise.all(servers.map(stopServer)))

const digest = `sha256:${'a'.repeat(64)}`
const resolve = (host = registry.host) => engine.resolve(`${host}/acme/shop:1`, credential, soon())
const read = () => engine.readConfig(`${registry.host}/acme/shop@${digest}`, credential, openJob())
const signIn = (challenge: string) => (_request: IncomingMessage, response: ServerResponse) =>
  response.writeHead(401, { 'www-authenticate': challenge }).end()
const redirect =
  (to: string, status = 307): Answer =>
  (_request, response) =>
    response.writeHead(status, { location: to }).end()
const say =
  (body: string | Buffer, type = 'application/vnd.oci.image.manifest.v1+json', status = 200): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body)
/** As one that wants a sign-in, and answers those who have one. */
const signedIn =
  (answer: Answer): Answer =>
  (request, response) =>
    request.headers.authorization ? answer(request, response) : signIn('Basic realm="r"')(request, response)

describe('a registry on a private network', () => {
  test.each([
    ...['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '10.0.0.1', '192.168.0.1'],
    ...['169.254.169.254', '100.100.100.200'],
  ])('is not asked at %s unless that is allowed', async (host) => {
    const [, port] = registry.host.split(':')
    allowed.length = 0
    await expect(resolve(`${host}:${port}`)).rejects.toMatchObject({ code: 'address-not-allowed' })
    expect(registry.asked).toEqual([])
  })

  test('is allowed with its port for that port alone', async () => {
    await expect(resolve(other.host)).rejects.toMatchObject({ code: 'address-not-allowed' })
    expect(other.asked).toEqual([])
    expect(await resolve()).toBeUndefined()
    expect(registry.asked).toHaveLength(1)
  })

  test('of cloud metadata is not allowed by anybody', async () => {
    allowed.push('169.254.169.254', '169.254.169.254:80')
    await expect(resolve('169.254.169.254:80')).rejects.toMatchObject({ code: 'address-not-allowed' })
  })
})

describe('a registry that leads on', () => {
  test.each(['http://169.254.169.254/latest/meta-data', 'http://[::ffff:169.254.169.254]/', 'http://[fe80::1]/'])(
    'to %s is not followed',
    async (to) => {
      registry.answers = redirect(to)
      await expect(resolve()).rejects.toMatchObject({ code: 'registry-refused' })
      registry.answers = redirect(to.replace('http:', 'https:'))
      await expect(resolve()).rejects.toMatchObject({ code: 'address-not-allowed' })
    },
  )

  test.each(['http', 'https'])('to another port of a private host is not followed, by %s', async (scheme) => {
    registry.answers = signedIn(redirect(`${scheme}://${other.host}/v2/`))
    const code = scheme === 'http' ? 'registry-refused' : 'address-not-allowed'
    await expect(resolve()).rejects.toMatchObject({ code })
    expect(other.asked).toEqual([])
  })

  test('to itself is, with the sign-in, and no more than ten times', async () => {
    registry.answers = signedIn((request, response) =>
      request.url?.startsWith('/elsewhere')
        ? response.writeHead(200, { 'docker-content-digest': digest }).end()
        : redirect('/elsewhere')(request, response),
    )
    expect(await resolve()).toBe(digest)
    expect(registry.asked.at(-1)).toMatchObject({ path: '/elsewhere', authorization: expect.stringMatching(/^Basic/) })
    registry.answers = redirect('/again')
    await expect(resolve()).rejects.toMatchObject({ code: 'registry-refused' })
    expect(registry.asked.length).toBeLessThan(20)
  })

  test('takes no sign-in from where it leads', async () => {
    registry.answers = redirect(`http://ghost:pw@${registry.host}/elsewhere`)
    await expect(resolve()).rejects.toMatchObject({ code: 'registry-refused' })
    expect(registry.asked.map(({ authorization }) => authorization)).not.toContain(expect.stringMatching(/^Basic/))
  })
})

describe('a registry that sends the sign-in', () => {
  test.each([
    ['to another host', () => 'https://elsewhere.example.org/token'],
    ['to cloud metadata', () => 'https://169.254.169.254/token'],
    ['to another host in the clear', () => 'http://elsewhere.example.org/token'],
    ['to another name of this machine', () => `http://localhost:${other.host.split(':')[1]}/token`],
    ['nowhere', () => ''],
  ])('%s does not get it there', async (_what, realm) => {
    registry.answers = signIn(`Bearer realm="${realm()}",service="r"`)
    await expect(resolve()).rejects.toMatchObject({ code: 'registry-denied' })
    expect([...registry.asked, ...other.asked].filter(({ authorization }) => authorization)).toEqual([])
    expect(other.asked).toEqual([])
  })

  test('to a port beside it gets a token from there, which comes back alone', async () => {
    other.answers = say('{"token":"given"}', 'application/json')
    registry.answers = (request, response) =>
      request.headers.authorization
        ? response.writeHead(200, { 'docker-content-digest': digest }).end()
        : signIn(`Bearer realm="http://${other.host}/token",service="r"`)(request, response)
    expect(await resolve()).toBe(digest)
    expect(other.asked).toMatchObject([{ authorization: expect.stringMatching(/^Basic/) }])
    expect(registry.asked.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer given'])
  })

  test('to a token server that leads on does not get it further', async () => {
    const third = await openHost()
    other.answers = redirect(`http://${third.host}/token`)
    registry.answers = signIn(`Bearer realm="http://${other.host}/token"`)
    await expect(resolve()).rejects.toMatchObject({ code: 'registry-refused' })
    expect(third.asked).toEqual([])
  })
})

describe('a registry whose answer', () => {
  const manifest = JSON.stringify({ schemaVersion: 2, config: { digest } })
  const pinned = (body: string | Buffer) => `sha256:${createHash('sha256').update(body).digest('hex')}`
  const readPinned = (body: string) =>
    engine.readConfig(`${registry.host}/acme/shop@${pinned(body)}`, credential, openJob())

  test.each([
    ['never ends', 200, 'registry-refused'],
    ['never ends and is a refusal', 403, 'registry-denied'],
  ])('%s is let go of', async (_what, status, code) => {
    let sent = 0
    registry.answers = (_request, response) => {
      response.writeHead(status)
      const chunk = Buffer.alloc(65_536, 'x')
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        sent += chunk.length
      }
      response.on('drain', more)
      more()
    }
    await expect(read()).rejects.toMatchObject({ code })
    expect(sent).toBeLessThan(64 * 2 ** 20)
  })

  test('has a head without end is let go of', async () => {
    registry.answers = (_request, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\n${`X-A: ${'a'.repeat(1_000)}\r\n`.repeat(1_000)}`)
    }
    await expect(resolve()).rejects.toMatchObject({ code: 'registry-unreachable' })
  })

  test.each([
    ['<html>the console of an appliance</html>', 'text/html'],
    ['null', 'application/json'],
    ['[]', 'application/json'],
    ['{"schemaVersion":1}', 'application/json'],
    ['{"schemaVersion":2,"manifests":{"digest":"x"}}', 'application/json'],
    ['{"schemaVersion":2,"config":{"digest":"../../../../secrets"}}', 'application/json'],
    ['{"schemaVersion":2,"manifests":[{"digest":"sha256:../x"}]}', 'application/json'],
  ])('is %s is no manifest', async (body, type) => {
    registry.answers = say(body, type)
    const error = await readPinned(body).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'registry-refused' })
    expect(JSON.stringify(error)).not.toContain('appliance')
    expect(registry.asked.every(({ path }) => path.startsWith('/v2/acme/shop/'))).toBe(true)
  })

  test('claims a digest that is none is not believed', async () => {
    registry.answers = (_request, response) => response.writeHead(200, { 'docker-content-digest': 'latest' }).end()
    await expect(resolve()).rejects.toMatchObject({ code: 'registry-refused' })
  })

  test('lists lists in lists ends', async () => {
    const lists = [manifest]
    for (let depth = 0; depth < 20; depth += 1)
      lists.push(JSON.stringify({ schemaVersion: 2, manifests: [{ digest: pinned(lists.at(-1) ?? '') }] }))
    registry.answers = (request, response) => {
      const found = lists.find((list) => request.url?.endsWith(pinned(list)))
      if (found) say(found)(request, response)
      else response.writeHead(404).end()
    }
    await readPinned(lists.at(-1) ?? '')
    expect(registry.asked.length).toBeLessThan(10)
  })

  test.each([
    [say('<html>secret of the appliance</html>', 'text/html', 403), 'HTTP 403'],
    [say('root:x:0:0', 'text/plain', 400), 'HTTP 400'],
    [
      say('{"errors":[{"code":"DENIED","message":"no such project"}],"more":"secret"}', 'application/json', 403),
      'HTTP 403 DENIED: no such project',
    ],
  ])('is a refusal is told by its reasons alone', async (answer, diagnosis) => {
    registry.answers = answer
    await expect(read()).rejects.toMatchObject({ diagnosis })
  })
})
