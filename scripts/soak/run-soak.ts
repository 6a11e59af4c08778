import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { lacks, redisComponent } from '@stevedore/testkit'
import type { Caller } from './ask.ts'
import { type Flatness, judgeFlatness } from './judge-flatness.ts'
import type { Asked } from './judge-history.ts'
import { countEnds, judgeLedger, judgeWorlds } from './judge-ledger.ts'
import { rage } from './nemesis.ts'
import type { SoakOptions } from './options.ts'
import { createRandom } from './random.ts'
import { openSampler } from './sample.ts'
import { describeApp, ship } from './ship.ts'
import { openStand, type Stand } from './stand.ts'

const APPS = ['anchor', 'buoy', 'crane', 'dock', 'ebb', 'ferry']
const SAMPLE_MS = 2_000
/** After the last fault all that was accepted is to end, and what nobody wants any more to go. */
const CALM_MS = 180_000
const FAREWELL_MS = 60_000

/** @returns whether it held */
export async function runSoak(given: SoakOptions): Promise<boolean> {
  const options = chooseTransport(given)
  console.log(
    `soak: ${Object.entries(options)
      .map(([name, value]) => `--${name} ${value}`)
      .join(' ')}`,
  )
  const history: Asked[] = []
  const stand = await openStand(options)
  try {
    const flatness = await runFaults(stand, options, history)
    const broken = [...(await judgeLedger(stand, history)), ...(await sayFarewell(stand))]
    printFlatness(flatness)
    print('jobs', await countEnds(stand.stage.ledger))
    return await conclude(stand, options, [...broken, ...nameGrowth(flatness)])
  } finally {
    await stand.close()
  }
}

function chooseTransport(options: SoakOptions): SoakOptions {
  if (options.transport === 'postgres' || !lacks(redisComponent)) return options
  console.log(`No Redis here, so Postgres carries the messages; bring it with: ${redisComponent.bring}`)
  return { ...options, transport: 'postgres' }
}

/** The client and the nemesis for as long as was asked, then the calm after it. */
async function runFaults(stand: Stand, { minutes, seed }: SoakOptions, history: Asked[]): Promise<Flatness[]> {
  const since = performance.now()
  const isOver = () => performance.now() - since > minutes * 60_000
  const random = createRandom(seed)
  const end = new AbortController()
  await declareApps(stand)
  const sampler = openSampler(stand, APPS)
  const shipping = APPS.map((app) => {
    const caller: Caller = {
      apis: stand.apis,
      token: stand.token,
      random: random.branch(),
      history,
      signal: end.signal,
    }
    return ship(caller, app, isOver)
  })
  const sampling = repeat(sampler.sample, isOver)
  const say = (line: string) => console.log(`${((performance.now() - since) / 1000).toFixed(1).padStart(7)} s  ${line}`)
  const counts = await rage(stand, random.branch(), isOver, say)
  say('calm')
  await sampling
  await Promise.race([Promise.all(shipping), pause(CALM_MS, undefined, { ref: false })])
  end.abort()
  await Promise.all(shipping)
  await awaitCalm(stand)
  print('faults', counts)
  console.log(
    `\nrequests: ${history.length}, sent ${history.reduce((sum, { answers }) => sum + answers.length, 0)} times`,
  )
  return sampler.list().map(judgeFlatness)
}

async function declareApps({ apis, stage }: Stand): Promise<void> {
  for (const [index, app] of APPS.entries()) {
    const answer = await apis[0]!.call('PUT', `/v1/apps/${app}`, { body: describeApp(app, stage.git, 8_081 + index) })
    if (answer.status !== 201) throw new Error(`the app ${app} was not taken: ${answer.text}`)
  }
}

async function repeat(act: () => Promise<void>, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await act()
    await pause(SAMPLE_MS)
  }
}

/** What was cancelled in mid-rollout is swept away by the workers themselves. */
async function awaitCalm({ stage }: Stand): Promise<void> {
  const end = performance.now() + FAREWELL_MS
  while (performance.now() < end && (await judgeWorlds(stage)).length > 0) await pause(1_000)
}

/** SIGTERM of all: each ends in time, with 0. */
async function sayFarewell({ apis, workers }: Stand): Promise<string[]> {
  const named = [
    ...workers.map((worker, index) => ({
      name: `worker ${index + 1}`,
      stop: () => {
        worker.signal('SIGTERM')
        return worker.ended
      },
    })),
    ...apis.map((api, index) => ({ name: `API ${index + 1}`, stop: () => api.stop() })),
  ]
  const ends = await Promise.all(
    named.map(async ({ name, stop }) => {
      const code = await Promise.race([stop(), pause(FAREWELL_MS, 'nothing' as const, { ref: false })])
      return code === 0 ? [] : [`${name} was told to end and ended with ${code}`]
    }),
  )
  return ends.flat()
}

function nameGrowth(flatness: readonly Flatness[]): string[] {
  return flatness
    .filter(({ verdict }) => verdict === 'grows')
    .map(({ name, second, last }) => `${name}: from ${round(second)} to ${round(last)}`)
}

const round = (value: number) => Math.round(value * 100) / 100

function printFlatness(flatness: readonly Flatness[]): void {
  const width = Math.max(...flatness.map(({ name }) => name.length))
  console.log(`\n${'median of'.padEnd(width)}  ${'2nd third'.padStart(10)} ${'last third'.padStart(10)}`)
  for (const { name, second, last, verdict } of flatness.filter(({ second, last }) => second + last > 0))
    console.log(
      `${name.padEnd(width)}  ${String(round(second)).padStart(10)} ${String(round(last)).padStart(10)}  ${verdict}`,
    )
}

function print(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`\n${title}`)
  for (const [name, count] of counts) console.log(`${String(count).padStart(6)}  ${name}`)
}

async function conclude(stand: Stand, { seed }: SoakOptions, broken: readonly string[]): Promise<boolean> {
  console.log()
  if (broken.length === 0) {
    console.log('It held: nothing lost, doubled, gapped or forked, and all figures are flat.')
    return true
  }
  for (const rule of broken) console.log(`BROKEN: ${rule}`)
  const dir = join(import.meta.dirname, '../../.stevedore/soak')
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  for (const [name, output] of stand.readOutputs()) await writeFile(join(dir, `${name}.log`), output)
  console.log(`${broken.length} broken. What the processes said is in ${dir}; --seed ${seed} brings the same faults.`)
  return false
}
