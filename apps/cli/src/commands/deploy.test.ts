import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exitStatus } from '../exit.ts'
import { run } from '../run.ts'
import { answerJson, type Handle, jobId, makeJob, startStubApi } from '../testing/stub-api.ts'

let printed: string[] = []
beforeEach(() => {
  printed = []
  for (const name of ['log', 'error'] as const)
    vi.spyOn(console, name).mockImplementation((text) => void printed.push(String(text)))
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
})
afterEach(() => vi.restoreAllMocks())

const environments = { staging: { engine: 'docker' }, production: { engine: 'kubernetes', namespace: 'shops' } }

/** A server on which the job never ends; says what of it was asked for. */
async function deploy(...words: string[]) {
  const asked: string[] = []
  const noting = (name: string, handle: Handle): [string, Handle] => [
    name,
    (...call) => {
      asked.push(name)
      handle(...call)
    },
  ]
  await using api = await startStubApi(
    Object.fromEntries([
      noting('GET /v1/apps/shop', (_request, reply) =>
        answerJson(reply, { app: 'shop', spec: { app: 'shop', environments } }),
      ),
      noting('POST /v1/jobs', (_request, reply) => answerJson(reply, makeJob(), 202)),
      noting(`GET /v1/jobs/${jobId}`, (_request, reply) => answerJson(reply, makeJob())),
      noting(`GET /v1/jobs/${jobId}/events`, (_request, reply) => void reply.writeHead(200).write(':\n\n')),
      noting(`GET /v1/jobs/${jobId}/logs`, (_request, reply) => void reply.writeHead(200).write('going on\n')),
    ]),
  )
  const status = await run(['deploy', 'shop', ...words, '--url', api.url])
  return { status, said: printed.join('\n'), wasRequested: asked.includes('POST /v1/jobs') }
}

test('a job that goes on for longer than one waits is left to itself, with the command that shows it', async () => {
  const { status, said, wasRequested } = await deploy('production', '--namespace', 'shops', '--wait-timeout', '200ms')
  expect({ status, wasRequested }).toEqual({ status: exitStatus.failed, wasRequested: true })
  expect(said).toContain(`stevedore watch ${jobId}`)
})

test.each([
  ['production', 'production of shop is in the namespace shops, not in the namespace other'],
  ['staging', 'staging of shop is on Docker, not in the namespace other'],
  ['preview', 'shop has no environment preview'],
])('nothing is begun in %s when another namespace is meant', async (environment, sentence) => {
  const { status, said, wasRequested } = await deploy(environment, '--namespace=other', '--detach')
  expect({ status, wasRequested }).toEqual({ status: exitStatus.usage, wasRequested: false })
  expect(said).toContain(sentence)
})

test.each(['soon', '60d', '-1s', ''])('a time to wait of %j is wrong usage', async (time) => {
  expect(await deploy('production', `--wait-timeout=${time}`)).toMatchObject({
    status: exitStatus.usage,
    wasRequested: false,
  })
})
