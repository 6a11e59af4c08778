import { createHmac, randomUUID } from 'node:crypto'
import { getJob } from '@stevedore/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { commit, push, repository, secret, signHex, startHookedApi } from './hooked-shop.ts'

let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
})
afterAll(() => api.close())

describe('providers other than GitHub', () => {
  const send = (provider: string, payload: unknown, headers: Record<string, string>) => {
    const body = JSON.stringify(payload)
    return api.call('POST', `/v1/webhooks/${provider}/shop`, { token: null, body, headers })
  }
  const project = {
    git_http_url: repository.clone_url,
    git_ssh_url: repository.ssh_url,
    web_url: repository.html_url,
  }
  const standard = (payload: unknown, { id = randomUUID(), at = Date.now() } = {}) => {
    const timestamp = String(Math.floor(at / 1_000))
    const text = `${id}.${timestamp}.${JSON.stringify(payload)}`
    const mac = createHmac('sha256', secret).update(text).digest('base64')
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
  }
  const expectStarted = async (answer: Promise<unknown>) =>
    expect(await answer).toMatchObject({ status: 200, body: { status: 'started', jobs: [expect.any(String)] } })

  test('GitLab by its token or by a signature that is not old', async () => {
    const payload = { ref: 'refs/heads/main', after: commit, checkout_sha: commit, project }
    const event = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': randomUUID() }
    await expectStarted(send('gitlab', payload, { ...event, 'x-gitlab-token': secret }))
    await expectStarted(send('gitlab', payload, { ...event, ...standard(payload) }))
    const old = standard(payload, { at: Date.now() - 6 * 60_000 })
    const refused: Record<string, string>[] = [{ 'x-gitlab-token': 'wrong' }, {}, { ...old, 'x-gitlab-token': secret }]
    for (const headers of refused)
      expect(await send('gitlab', payload, { ...event, ...headers })).toMatchObject({ status: 401 })
    expect(await send('gitlab', push, { 'x-github-event': 'push', 'x-hub-signature-256': 'x' })).toMatchObject({
      status: 401,
    })
  })

  test('a merge request of a fork is untrusted', async () => {
    const attributes = {
      action: 'open',
      iid: 3,
      last_commit: { id: commit },
      source_project_id: 2,
      target_project_id: 1,
    }
    const payload = { project, object_attributes: attributes }
    const { body } = await send('gitlab', payload, { 'x-gitlab-event': 'Merge Request Hook', 'x-gitlab-token': secret })
    expect((await getJob(api.ledger, body.jobs[0]))?.resolved).toMatchObject({
      ref: 'refs/merge-requests/3/head',
      commit,
      trusted: false,
    })
  })

  test('Gitea, which speaks as GitHub as well', async () => {
    const mac = signHex(JSON.stringify(push))
    await expectStarted(
      send('gitea', push, {
        'x-gitea-event': 'push',
        'x-gitea-delivery': randomUUID(),
        'x-gitea-signature': mac,
        'x-github-event': 'push',
        'x-hub-signature-256': `sha256=${mac}`,
      }),
    )
  })

  test('Bitbucket Cloud and Data Center', async () => {
    const cloud = {
      repository: { uuid: '{1}', links: { html: { href: repository.html_url } } },
      push: { changes: [{ new: null }, { new: { type: 'branch', name: 'main', target: { hash: commit } } }] },
    }
    const server = {
      repository: { id: 1, links: { clone: [{ href: repository.clone_url }] } },
      changes: [{ ref: { id: 'refs/heads/main' }, toHash: commit }],
    }
    for (const [event, payload] of [
      ['repo:push', cloud],
      ['repo:refs_changed', server],
    ] as const)
      await expectStarted(
        send('bitbucket', payload, {
          'x-event-key': event,
          'x-request-uuid': randomUUID(),
          'x-hub-signature': `sha256=${signHex(JSON.stringify(payload))}`,
        }),
      )
  })

  test('each names the tag in full, with its commit', async () => {
    const ref = 'refs/tags/v1.2.0'
    const signed = (payload: unknown) => signHex(JSON.stringify(payload))
    const gitlab = { ref, after: 'd'.repeat(40), checkout_sha: commit, project }
    const gitea = { ...push, ref, head_commit: { id: commit } }
    const cloud = {
      repository: { uuid: '{1}', links: { html: { href: repository.html_url } } },
      push: { changes: [{ new: { type: 'tag', name: 'v1.2.0', target: { hash: commit } } }] },
    }
    const server = {
      repository: { id: 1, links: { clone: [{ href: repository.clone_url }] } },
      changes: [{ ref: { id: ref }, toHash: commit }],
    }
    const generic = { repository: repository.clone_url, ref, commit }
    const tokened = { 'x-gitlab-event': 'Tag Push Hook', 'x-gitlab-token': secret, 'idempotency-key': randomUUID() }
    const keyed = (event: string, payload: unknown) => ({
      ...{ 'x-event-key': event, 'x-request-uuid': randomUUID(), 'x-hub-signature': `sha256=${signed(payload)}` },
    })
    const answers = [
      await send('gitlab', gitlab, tokened),
      await send('gitea', gitea, { 'x-gitea-event': 'push', 'x-gitea-signature': signed(gitea) }),
      await send('bitbucket', cloud, keyed('repo:push', cloud)),
      await send('bitbucket', server, keyed('repo:refs_changed', server)),
      await send('generic', generic, standard(generic)),
    ]
    for (const { body } of answers)
      expect((await getJob(api.ledger, body.jobs[0]))?.resolved).toMatchObject({ ref, commit, version: 'v1.2.0' })
  })

  test('a pull request of Bitbucket Cloud by its branch, and the commit as far as it is told', async () => {
    const side = { repository: { uuid: '{1}' }, branch: { name: 'v1' }, commit: { hash: 'c0ffee123456' } }
    const payload = {
      repository: { uuid: '{1}', links: { html: { href: repository.html_url } } },
      pullrequest: { id: 4, source: side, destination: side },
    }
    const headers = {
      'x-event-key': 'pullrequest:created',
      'x-hub-signature': `sha256=${signHex(JSON.stringify(payload))}`,
    }
    const { body } = await send('bitbucket', payload, headers)
    expect((await getJob(api.ledger, body.jobs[0]))?.resolved).toMatchObject({
      ref: 'refs/heads/v1',
      commit: 'c0ffee123456',
    })
  })

  test('anything else that signs by Standard Webhooks', async () => {
    const payload = { repository: repository.clone_url, ref: 'refs/heads/main', commit }
    await expectStarted(send('generic', payload, standard(payload)))
    expect(await send('generic', payload, standard({}))).toMatchObject({ status: 401 })
  })
})
