import { createHmac } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { JobDetailView } from '@stevedore/contract'
import { busyboxComponent, dockerComponent, haproxyComponent, lacks, registryComponent } from '@stevedore/testkit'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { commandPath } from '../../scripts/demo/command.ts'
import { environment, release, writeSpec } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { type Collector, type Span, startCollector } from './collector.ts'
import { readJson, runCommand, succeed } from './command.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const secret = 'the-secret-of-this-hook'
const kinds = { server: 2, client: 3, consumer: 5 }

describe.skipIf(lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent))('a trace', () => {
  let collector: Collector
  let stage: Stage
  const run = (...arguments_: string[]) => runCommand(stage.settings, ...arguments_)

  beforeAll(async () => {
    collector = await startCollector()
    stage = await setStage({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    const path = await writeSpec(stage)
    const triggers = [{ on: 'push', branch: 'main', do: ['build production', 'push', `deploy ${environment}`] }]
    await writeFile(path, stringify({ ...parse(await readFile(path, 'utf8')), triggers }))
    await succeed(run('apply', '-f', path))
    const put = [commandPath, 'secret', 'set', 'WEBHOOK_SECRET', '--app', stage.app]
    await execa(process.execPath, put, { env: stage.settings, input: secret })
    await release(stage, '1.0.0')
  })
  afterAll(async () => {
    await stage?.clear()
    collector?.close()
  })

  /** As a forge that traces its own work sends it. */
  async function deliver(traceparent: string): Promise<string[]> {
    const after = stage.repository.git('rev-parse', 'HEAD')
    const body = JSON.stringify({ ref: 'refs/heads/main', after, repository: { clone_url: stage.repository.url } })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const answer = await fetch(`${stage.server.url}/v1/webhooks/github/${stage.app}`, {
      method: 'POST',
      headers: {
        traceparent,
        'content-type': 'application/json',
        'x-hub-signature-256': `sha256=${signature}`,
        'x-github-event': 'push',
        'x-github-delivery': 'one',
      },
      body,
    })
    expect(answer.ok).toBe(true)
    return ((await answer.json()) as { jobs: string[] }).jobs
  }

  /** The jobs of a pipeline, each after the one that it follows. */
  async function follow(first: string): Promise<JobDetailView[]> {
    await succeed(run('watch', first))
    const jobs = await readJson<JobDetailView[]>(stage.settings, 'jobs', '--app', stage.app)
    const next = jobs.find(({ parentId }) => parentId === first)
    const job = jobs.find(({ id }) => id === first) as JobDetailView
    return [job, ...(next ? await follow(next.id) : [])]
  }

  test('from the webhook of a forge to the switch is one, of calls that are named by what they do', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const [first = ''] = await deliver(`00-${traceId}-b7ad6b7169203331-01`)
    const jobs = await follow(first)
    expect(jobs.map(({ kind, state }) => [kind, state])).toEqual([
      ['build', 'succeeded'],
      ['push', 'succeeded'],
      ['deploy', 'succeeded'],
    ])
    expect(await run('deploy', stage.app, environment, '--version=0.0.1')).toMatchObject({ status: 2 })
    const log = await readFile(stage.server.log, 'utf8')
    // What is left is sent at the end.
    await stage.server.stop()

    const spans = collector.spans.filter((span) => span.traceId === traceId)
    const [root] = spans.filter(({ parentSpanId }) => parentSpanId === 'b7ad6b7169203331')
    expect(root).toMatchObject({ name: 'POST /v1/webhooks/github/:app', kind: kinds.server })
    const attempts = spans.filter(({ name }) => name.startsWith('attempt '))
    expect(attempts.map(({ name, kind, attributes }) => [name, kind, attributes.job])).toEqual(
      jobs.map(({ kind, id }) => [`attempt ${kind}`, kinds.consumer, id]),
    )
    const isWithin = (span: Span, over: Span): boolean => {
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
      return parent !== undefined && (parent === over || isWithin(parent, over))
    }
    for (const span of spans) if (span !== root) expect(isWithin(span, root as Span), span.name).toBe(true)
    const deploy = attempts[2] as Span
    const switched = spans.find(({ name, parentSpanId }) => name === 'step route' && parentSpanId === deploy.spanId)
    const named = (system: string, over: Span | undefined) =>
      spans.filter((span) => span.kind === kinds.client && span.name.startsWith(`${system} `) && isWithin(span, over!))
    expect(switched).toBeDefined()
    expect(named('docker', deploy).map(({ name }) => name)).toContain('docker POST containers')
    expect(named('postgresql', deploy).length).toBeGreaterThan(0)
    expect(named('registry', attempts[1]).length).toBeGreaterThan(0)
    for (const { name } of spans) expect(name).not.toMatch(/\d(?!\/)/)
    for (const { name, kind, status } of spans)
      if (kind !== kinds.client) expect({ name, code: status.code ?? 0 }).toEqual({ name, code: 0 })
    const ended = log.split('\n').filter((line) => line.includes('"attempt ended"'))
    expect(ended.map((line) => JSON.parse(line)['trace.id'])).toEqual(jobs.map(() => traceId))
  })

  test('is begun by nothing that the processes do for themselves', () => {
    const roots = collector.spans.filter(({ parentSpanId }) => !parentSpanId)
    expect(new Set(roots.map(({ kind }) => kind))).toEqual(new Set([kinds.server]))
    expect(roots.map(({ name }) => name)).not.toContain('GET /ready')
  })

  test('tells a request that is refused from one that fails', () => {
    const refused = collector.spans.filter(({ name }) => name === 'POST /v1/jobs')
    expect(refused.map(({ status }) => status.code ?? 0)).toEqual([0])
  })
})
