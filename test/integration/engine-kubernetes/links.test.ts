import type { Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { createTestNamespace, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('links on Kubernetes', { timeout: 400_000 }, () => {
  let stage: Stage
  /** Another namespace, where the engine's account has no right at first. */
  let other = ''
  beforeAll(async () => {
    stage = await openStage()
    other = `${stage.namespace}-other`
    await createTestNamespace(stage.cluster, other)
  })
  afterAll(async () => {
    await stage?.cluster.kubectl(['delete', 'namespace', other, '--wait=false'])
    await stage?.close()
  })

  async function deploy(release: Release): Promise<void> {
    await stage.engine.prepare(release, openJob())
    await stage.engine.roll(release, openJob())
    await stage.engine.finalize(release, [], openJob())
  }

  const read = async (kind: string, name: string, namespace: string) =>
    JSON.parse(await stage.cluster.kubectl(['--namespace', namespace, 'get', kind, name, '-o', 'json']))

  test('lead into another namespace, for replicas and commands, and a policy there lets in nobody but the caller', async () => {
    const caller = openPlace(stage)
    const target = openPlace(stage, { settings: { namespace: other } })
    const [from, to] = [caller.place, target.place]
    const asked = caller.makeRelease({ revision: 1, behaviour: 'healthy' })
    const linking = { ...asked.settings, links: [to.app] }
    const calling: Release = { ...asked, settings: linking, linked: { to: [to], from: [] } }
    await expect(stage.engine.prepare(calling, openJob())).rejects.toMatchObject({ code: 'forbidden-by-cluster' })
    const grant = ['role', 'stevedore', '--output', 'json']
    const role = JSON.parse(await stage.kubectl(['get', ...grant]))
    const own = { ...role, metadata: { name: 'stevedore', namespace: other } }
    await stage.cluster.kubectl(['apply', '-f', '-'], JSON.stringify(own))
    const bind = ['create', 'rolebinding', 'stevedore', '--role=stevedore']
    await stage.cluster.kubectl(['--namespace', other, ...bind, `--serviceaccount=${stage.namespace}:stevedore`])
    const answering = target.makeRelease({ revision: 1, behaviour: 'healthy' })
    const letting = { ...answering.settings, linkedBy: [from.app] }
    await deploy({ ...answering, settings: letting, linked: { to: [], from: [from] } })
    await deploy(calling)
    const words = ['sh', '-c', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${to.app} 80`]
    expect(await stage.kubectl(['exec', `deployment/${from.app}`, '--', ...words])).toContain('200 OK')
    const context = openJob()
    await stage.engine.startCommand(calling, { words, timeoutMs: 60_000 }, context)
    expect(await stage.engine.followCommand(calling, context)).toEqual({ exitCode: 0 })
    expect(context.lines.join('\n')).toContain('200 OK')
    await stage.engine.removeCommand(calling, context)
    const { spec } = await read('networkpolicy', `${to.app}-r1`, other)
    const callers = { 'app.kubernetes.io/name': from.app, 'stevedore.io/links': from.environment }
    expect(spec.policyTypes).toEqual(['Ingress'])
    expect(spec.ingress[0].from[1]).toMatchObject({
      podSelector: { matchLabels: callers },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': stage.namespace } },
    })
    const { items } = JSON.parse(
      await stage.kubectl(['get', 'pods', '-l', `stevedore.io/app=${from.app}`, '-o', 'json']),
    )
    expect(items[0].metadata.labels).toMatchObject(callers)
    expect((await stage.engine.observe(calling, AbortSignal.timeout(30_000))).drift).toEqual([])
  })
})
