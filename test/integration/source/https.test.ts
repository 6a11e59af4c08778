import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import {
  createRepository,
  findProgram,
  type GitHttpsServer,
  gitComponent,
  lacks,
  serveGitHttps,
} from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { nothing, openStage } from './stage.ts'

const openssl = { name: 'openssl', found: findProgram('openssl') !== undefined, bring: 'apt-get install openssl' }

describe.skipIf(lacks(gitComponent, openssl))('over https', () => {
  const stage = openStage()
  const token = `token-${randomBytes(8).toString('hex')}`
  let server: GitHttpsServer
  let commit: string
  let intercept: Parameters<typeof serveGitHttps>[0]['intercept']
  beforeAll(async () => {
    const repository = createRepository({ dir: join(stage.home, 'shop') })
    commit = repository.commit({ 'a.txt': 'one' })
    repository.git('tag', 'v1')
    server = await serveGitHttps({
      root: stage.home,
      token,
      intercept: (...exchange) => intercept?.(...exchange) ?? false,
    })
  })
  afterEach(() => {
    intercept = undefined
  })
  afterAll(() => server?.stop())

  const checkOut = (more: Partial<Parameters<typeof stage.checkOut>[0]> = {}) =>
    stage.checkOut({ url: `${server.url}/shop`, ref: 'main', credential: token, caFile: server.caFile, ...more })

  test.each([
    ['a token', () => token],
    ['a user and a token', () => `bob:${token}`],
    ['a token that ends in a newline', () => `${token}\n`],
  ])('signs in with %s', async (_what, credential) => {
    expect(await checkOut({ credential: credential() })).toEqual({ commit, describe: 'v1' })
    expect(readFileSync(join(stage.dir, 'a.txt'), 'utf8')).toBe('one')
  })

  test('shows the token to nobody but the server', async () => {
    const seen: string[] = []
    intercept = () => {
      seen.push(...commandLinesAndEnvironments())
      return false
    }
    const lines: string[] = []
    await checkOut({ log: (line) => lines.push(line) })
    expect(seen.some((text) => text.includes('git-remote-https'))).toBe(true)
    expect([...seen, ...lines].filter((text) => text.includes(token))).toEqual([])
  })

  test.each([
    ['none', undefined],
    ['a wrong one', 'hunter2'],
  ])('refuses %s, without repeating it', async (_what, credential) => {
    const failure = await checkOut({ credential }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'source-denied' })
    expect(JSON.stringify(failure, ['code', 'message', 'diagnosis', 'detail'])).not.toContain('hunter2')
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('does not talk to a server whose certificate nobody vouches for', async () => {
    await expect(checkOut({ caFile: undefined })).rejects.toMatchObject({ code: 'source-unreachable' })
  })

  test('checks out the commit of an event where the server takes no hashes', async () => {
    const repository = createRepository({ dir: join(stage.home, 'older-server') })
    const pushed = repository.commit({ 'a.txt': 'pushed' })
    repository.commit({ 'a.txt': 'pushed since' })
    // Without this header a server speaks the first version of the protocol, in which it gives the tips of refs alone.
    intercept = (request) => {
      delete request.headers['git-protocol']
      return false
    }
    const event = { url: `${server.url}/older-server`, ref: 'refs/heads/main' }
    expect(await checkOut({ ...event, commit: pushed })).toMatchObject({ commit: pushed })
    expect(readFileSync(join(stage.dir, 'a.txt'), 'utf8')).toBe('pushed')
  })

  test('checks out the commit of an event, though the branch moves between two looks at it', async () => {
    const repository = createRepository({ dir: join(stage.home, 'busy') })
    const pushed = repository.commit({ 'a.txt': 'pushed' })
    let requests = 0
    intercept = (request) => {
      // The list of refs is answered by then.
      if (request.url?.includes('git-upload-pack') && ++requests === 3) repository.commit({ 'a.txt': 'pushed since' })
      return false
    }
    const event = { url: `${server.url}/busy`, ref: 'refs/heads/main' }
    expect(await checkOut({ ...event, commit: pushed })).toMatchObject({ commit: pushed })
    expect(readFileSync(join(stage.dir, 'a.txt'), 'utf8')).toBe('pushed')
    expect(await checkOut(event)).not.toMatchObject({ commit: pushed })
  })

  test('row 54: follows no redirect', async () => {
    intercept = (request, response) => {
      response.writeHead(302, { location: `${server.url}/elsewhere${request.url}` }).end()
      return true
    }
    const before = server.requests.length
    await expect(checkOut()).rejects.toMatchObject({ code: 'address-not-allowed' })
    expect(server.requests.slice(before).filter((request) => request.includes('elsewhere'))).toEqual([])
  })

  test('row 53: contacts no private host that nobody vouches for', async () => {
    const before = server.requests.length
    await expect(checkOut({ allowedHosts: [] })).rejects.toMatchObject({ code: 'address-not-allowed' })
    await expect(checkOut({ url: `https://127.0.0.1:${server.port}/shop`, allowedHosts: [] })).rejects.toMatchObject({
      code: 'address-not-allowed',
    })
    expect(server.requests.length).toBe(before)
  })

  test('fetches files of LFS from where the server says, with the credential for itself alone', async () => {
    const content = 'y'.repeat(2_000)
    const oid = createHash('sha256').update(content).digest('hex')
    const large = createRepository({ dir: join(stage.home, 'large') })
    large.commit({
      '.gitattributes': '*.bin filter=lfs\n',
      'a.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`,
    })
    const seen: [string, string | undefined, string | string[] | undefined][] = []
    let href = ''
    intercept = (request, response) => {
      if (!/lfs|store/.test(request.url ?? '')) return false
      seen.push([request.url ?? '', request.headers.authorization, request.headers['x-lease']])
      const offer = {
        objects: [{ oid, size: content.length, actions: { download: { href, header: { 'x-lease': '1' } } } }],
      }
      response.end(request.method === 'POST' ? JSON.stringify(offer) : content)
      return true
    }
    const fetchLarge = () => checkOut({ url: `${server.url}/large`, lfs: true })
    href = `${server.url}/store/${oid}`
    await fetchLarge()
    expect(readFileSync(join(stage.dir, 'a.bin'), 'utf8')).toBe(content)
    const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
    expect(seen).toEqual([
      ['/large.git/info/lfs/objects/batch', basic, undefined],
      [`/store/${oid}`, undefined, '1'],
    ])
    href = `https://127.0.0.1:${server.port}/store/${oid}`
    await expect(fetchLarge()).rejects.toMatchObject({ code: 'address-not-allowed' })
    expect(seen).toHaveLength(3)
  })

  test('has a stranger’s code choose nothing that the credential opens', async () => {
    createRepository({ dir: join(stage.home, 'private') }).commit({ a: '1' })
    const fork = createRepository({ dir: join(stage.home, 'fork') })
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`
    fork.commit({
      '.gitattributes': '*.bin filter=lfs\n',
      '.lfsconfig': `[lfs]\n\turl = ${server.url}/private.git/info/lfs\n`,
      'a.bin': pointer,
    })
    const seen: [string, boolean][] = []
    intercept = ({ url = '', headers }) => {
      seen.push([url, headers.authorization !== undefined])
      return false
    }
    const request = { url: `${server.url}/fork`, trusted: false }
    await expect(checkOut({ ...request, lfs: true })).rejects.toMatchObject({ code: 'source-denied' })
    expect(seen.filter(([url]) => url.includes('lfs'))).toEqual([['/fork.git/info/lfs/objects/batch', true]])
    fork.commit({ '.gitmodules': '[submodule "s"]\n\tpath = s\n\turl = ../shop\n' })
    fork.git('update-index', '--add', '--cacheinfo', `160000,${commit},s`)
    fork.git('commit', '--quiet', '--message', 'Hold s')
    await expect(checkOut({ ...request, submodules: true })).rejects.toMatchObject({ code: 'source-denied' })
    expect(seen.filter(([url, isSigned]) => url.includes('/shop') && isSigned)).toEqual([])
    await checkOut({ ...request, submodules: true, trusted: true })
    expect(seen.filter(([url, isSigned]) => url.includes('/shop') && isSigned)).not.toEqual([])
  })

  test('shows a submodule’s server no credential that is another’s', async () => {
    const asked: IncomingHttpHeaders[] = []
    const other = await serveGitHttps({
      root: stage.home,
      token: 'theirs',
      intercept: ({ headers }) => {
        asked.push(headers)
        return false
      },
    })
    try {
      const outer = createRepository({ dir: join(stage.home, 'outer') })
      outer.commit({ '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = ${other.url}/shop\n` })
      outer.git('update-index', '--add', '--cacheinfo', `160000,${commit},s`)
      outer.git('commit', '--quiet', '--message', 'Hold s')
      const caFile = join(stage.home, 'both.pem')
      writeFileSync(caFile, [server, other].map((one) => readFileSync(one.caFile, 'utf8')).join(''))
      const refused = checkOut({ url: `${server.url}/outer`, submodules: true, caFile })
      await expect(refused).rejects.toMatchObject({
        code: 'source-denied',
        diagnosis: expect.stringMatching(/^submodule s /),
      })
      expect(asked.length).toBeGreaterThan(0)
      expect(asked.filter(({ authorization }) => authorization !== undefined)).toEqual([])
    } finally {
      await other.stop()
    }
  })

  test.each([
    [500, 'source-unreachable'],
    [403, 'source-denied'],
    [404, 'source-denied'],
  ])('reads the status %i as %s', async (status, code) => {
    intercept = (_request, response) => {
      response.writeHead(status).end()
      return true
    }
    await expect(checkOut()).rejects.toMatchObject({ code })
  })

  test('row 57: gives up a server that hangs, at the deadline, and leaves no process behind', async () => {
    intercept = () => true
    const limits = { maxBytes: 2 ** 20, maxFiles: 10, timeoutMs: 1_000 }
    await expect(checkOut({ limits })).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect(stage.leftovers()).toEqual(nothing)
    const mine = commandLinesAndEnvironments().filter((text) => text.includes(`localhost:${server.port}`))
    expect(mine).toEqual([])
  })
})

/** What anyone on the machine could read of its processes. */
function commandLinesAndEnvironments(): string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
  return pids.flatMap((pid) => ['cmdline', 'environ'].map((file) => readText(`/proc/${pid}/${file}`)))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
