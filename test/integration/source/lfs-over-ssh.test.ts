import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import {
  createRepository,
  type GitHttpsServer,
  type GitSshServer,
  gitComponent,
  lacks,
  serveGitHttps,
  serveGitSsh,
  sshComponent,
} from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nothing, openStage } from './stage.ts'

describe.skipIf(lacks(gitComponent, sshComponent))('Git LFS beside a repository that is reached by ssh', () => {
  const stage = openStage()
  const content = 'x'.repeat(3_000)
  const oid = createHash('sha256').update(content).digest('hex')
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`
  const asked: string[] = []
  let repository: ReturnType<typeof createRepository>
  let [ssh, plainSsh]: GitSshServer[] = []
  let lfs: GitHttpsServer
  /** What the ssh server answers with. */
  let signIn: (path: string) => unknown

  /** An LFS server that hands out what it has to who brings `Bearer good`, each content with a sign-in of its own. */
  function serveLfs(request: IncomingMessage, response: ServerResponse): boolean {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    if (request.method === 'GET') response.end(content)
    else if (request.headers.authorization !== 'Bearer good') response.writeHead(401).end()
    else {
      const download = { href: `${lfs.url}/content`, header: { authorization: 'Bearer of-content' } }
      response.end(JSON.stringify({ objects: [{ oid, size: content.length, actions: { download } }] }))
    }
    return true
  }

  beforeAll(async () => {
    repository = createRepository({ dir: join(stage.home, 'shop') })
    repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'a.bin': pointer })
    lfs = await serveGitHttps({ root: stage.home, intercept: serveLfs })
    ssh = await serveGitSsh({ signIn: (path) => signIn(path) })
    plainSsh = await serveGitSsh()
  })
  afterAll(() => Promise.all([lfs.stop(), ssh?.stop(), plainSsh?.stop()]))
  beforeEach(() => {
    asked.length = 0
    signIn = (path) => {
      asked.push(`ssh ${path}`)
      return { href: `${lfs.url}/info/lfs`, header: { Authorization: 'Bearer good' }, expires_in: 600 }
    }
  })

  const checkOut = (server: GitSshServer, more: Partial<Parameters<typeof stage.checkOut>[0]> = {}) =>
    stage.checkOut({
      url: `${server.url}${repository.dir}`,
      ref: 'main',
      lfs: true,
      credential: server.privateKey,
      caFile: lfs.caFile,
      ...more,
    })

  test('is signed in to by the ssh server, with the source’s own key', async () => {
    await checkOut(ssh!)
    expect(readFileSync(join(stage.dir, 'a.bin'), 'utf8')).toBe(content)
    expect(asked).toEqual([
      `ssh ${repository.dir}`,
      'POST /info/lfs/objects/batch Bearer good',
      'GET /content Bearer of-content',
    ])
  })

  test.each([
    ['a host of a private network', 'https://10.0.0.5/info/lfs', 'address-not-allowed'],
    ['a cloud’s metadata', 'https://169.254.169.254/info/lfs', 'address-not-allowed'],
    ['an address that is read on the way', 'http://localhost:1/info/lfs', 'address-not-allowed'],
    ['a file', 'file:///etc', 'address-not-allowed'],
    ['no address', 'here', 'source-denied'],
  ])('that is said to be at %s is not asked', async (_where, href, code) => {
    signIn = () => ({ href, header: { Authorization: 'Bearer good' } })
    await expect(checkOut(ssh!)).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('of a server that gives no sign-in is asked for as what anyone may read, and the log says so', async () => {
    const lines: string[] = []
    const log = (line: string) => void lines.push(line)
    await expect(checkOut(plainSsh!, { log })).rejects.toMatchObject({ code: expect.stringContaining('source-') })
    expect(lines).toContainEqual(expect.stringContaining('gives no sign-in for Git LFS'))
    expect(asked).toEqual([])
  })
})
