import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRepository, type GitSshServer, gitComponent, lacks, serveGitSsh, sshComponent } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nothing, openStage } from './stage.ts'

describe.skipIf(lacks(gitComponent, sshComponent))('over ssh', () => {
  const stage = openStage()
  const servers: GitSshServer[] = []
  let repository: ReturnType<typeof createRepository>
  let commit: string
  beforeAll(async () => {
    repository = createRepository({ dir: join(stage.home, 'shop') })
    commit = repository.commit({ 'a.txt': 'one' })
    servers.push(await serveGitSsh(), await serveGitSsh())
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  const urlOf = (server: GitSshServer) => `${server.url}${repository.dir}`

  test('signs in with a private key', async () => {
    const [server] = servers
    const found = await stage.checkOut({ url: urlOf(server!), ref: 'main', credential: server!.privateKey })
    expect(found).toMatchObject({ commit })
    expect(readFileSync(join(stage.dir, 'a.txt'), 'utf8')).toBe('one')
  })

  test.each([
    ['no key', () => undefined],
    ['another key', () => servers[1]!.privateKey],
    ['what is no key', () => 'hunter2'],
  ])('is refused with %s', async (_what, credential) => {
    const failure = await stage
      .checkOut({ url: urlOf(servers[0]!), ref: 'main', credential: credential() })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'source-denied' })
    expect(JSON.stringify(failure, ['code', 'message', 'diagnosis', 'detail'])).not.toContain('hunter2')
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('refuses a host that has another key than the last time', async () => {
    const [first, second] = servers
    const knownHostsFile = join(stage.home, 'known_hosts')
    await stage.checkOut({ url: urlOf(first!), ref: 'main', credential: first!.privateKey, knownHostsFile })
    await stage.checkOut({ url: urlOf(first!), ref: 'main', credential: first!.privateKey, knownHostsFile })
    const changed = stage.checkOut({ url: urlOf(second!), ref: 'main', credential: second!.privateKey, knownHostsFile })
    await expect(changed).rejects.toMatchObject({
      code: 'source-denied',
      message: 'The host is not the one that was known under its name',
    })
  })

  test('says when nobody listens', async () => {
    const refused = stage.checkOut({ url: 'ssh://git@localhost:1/shop', ref: 'main' })
    await expect(refused).rejects.toMatchObject({ code: 'source-unreachable' })
  })
})
