import { setTimeout as pause } from 'node:timers/promises'
import { controlJob } from '@stevedore/ledger'
import { describeBuild, describeDeploy } from '../chaos/jobs.ts'
import { by, type ClientOptions, callApi, openRequest, send } from './send.ts'
import { runWithin } from './virtual-time.ts'

interface ErrandsOptions extends ClientOptions {
  apps: readonly string[]
  /** Deploys of one app over a longer time, so that some come before a copy is made, some after, and some when it stands in the ledger's place. */
  isAroundRestore: boolean
}

/** Sends some requests, each under a key until it is answered, now and then once more, and cancels some of the jobs. @returns resolves when all have been answered */
export function startClient(options: ErrandsOptions): Promise<void> {
  const { random, process, apps, isAroundRestore } = options
  const count = isAroundRestore ? 3 : random.pick([1, 1, 1, 2, 2, 3])
  const requests = Array.from({ length: count }, (_, index) => ({
    index,
    app: isAroundRestore ? apps[0]! : random.pick(apps),
    kind: isAroundRestore ? ('deploy' as const) : random.pick(['build', 'build', 'deploy'] as const),
    startMs: isAroundRestore ? random.between(0, 15_000) + index * 10_000 : random.between(0, 3_000),
    cancelMs: random.chance(0.2) ? random.between(0, 6_000) : undefined,
    isRepeated: random.chance(0.3),
  }))
  return runWithin(process.surroundings, async () => {
    await Promise.all(requests.map((request) => ship(options, request)))
  })
}

interface Errand {
  index: number
  app: string
  kind: 'build' | 'deploy'
  startMs: number
  cancelMs: number | undefined
  isRepeated: boolean
}

async function ship(
  options: ClientOptions,
  { index, app, kind, startMs, cancelMs, isRepeated }: Errand,
): Promise<void> {
  const version = `${index + 1}.0.0`
  const job = kind === 'build' ? describeBuild(app, version) : describeDeploy(app, version)
  const request = openRequest(index, `${kind} ${index + 1} of ${app}`)
  options.history.push(request)
  await pause(startMs)
  const jobId = await send(options, request, async () => job)
  if (isRepeated) {
    await pause(Math.random() * 8_000)
    await send(options, request, async () => job)
  }
  if (cancelMs === undefined || jobId === undefined) return
  await pause(cancelMs)
  await callApi(options, ({ ledger }) => controlJob(ledger, { jobId, verb: 'cancel', by })).catch(() => {})
}
