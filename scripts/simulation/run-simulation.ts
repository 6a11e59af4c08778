import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '@stevedore/testkit'
import { createDatabases } from '../../test/simulation/create-databases.ts'
import type { SeedResult } from '../../test/simulation/run-seed.ts'
import type { SimulationOptions } from './options.ts'

type Told = Omit<SeedResult, 'trace'> & { trace?: string[]; mostFaults?: number }

const laneProgram = fileURLToPath(new URL('./lane-process.ts', import.meta.url))

/** Runs the seeds, side by side, up to the first that fails. @returns whether all held */
export async function runSimulation(options: SimulationOptions): Promise<boolean> {
  const postgres = await startPostgres({ bySocket: true })
  const lanes: ChildProcess[] = []
  try {
    const urls = await createDatabases(postgres.url, Math.min(options.lanes, options.seeds))
    for (const url of urls) lanes.push(fork(laneProgram, [url]))
    const count = openCount(options)
    await Promise.all(lanes.map((lane) => runLane(lane, options, count)))
    return count.finish()
  } finally {
    for (const lane of lanes) lane.kill('SIGKILL')
    await postgres.stop()
  }
}

/** Gives a lane a seed whenever it is done with one. */
function runLane(lane: ChildProcess, { faults, seeds }: SimulationOptions, count: Count): Promise<void> {
  return new Promise((resolve, reject) => {
    lane.once('error', reject)
    lane.once('exit', (code) => reject(new Error(`a lane of the simulation ended with ${code}`)))
    lane.on('message', (told: Told | 'ready') => {
      if (told !== 'ready') count.add(told)
      const seed = count.take()
      if (seed === undefined) resolve()
      else lane.send({ seed, faults, isAlone: seeds === 1 })
    })
  })
}

const tellEvery = 1_000

type Count = ReturnType<typeof openCount>

function openCount({ seed: first, seeds }: SimulationOptions) {
  const startedAtMs = performance.now()
  const failed: Told[] = []
  let [given, done, turns, statements] = [0, 0, 0, 0]
  const tell = () => {
    const seconds = (performance.now() - startedAtMs) / 1_000
    const rate = (done / seconds).toFixed(1)
    console.log(
      `${done} ${done === 1 ? 'seed' : 'seeds'} in ${seconds.toFixed(1)} s (${rate} seeds/s), ${turns} turns, ${statements} statements`,
    )
  }
  return {
    take: () => (failed.length > 0 || given === seeds ? undefined : first + given++),
    add(told: Told) {
      done += 1
      turns += told.turns
      statements += told.statements
      if (told.broken.length > 0) failed.push(told)
      else if (seeds === 1) console.log(told.trace?.join('\n'))
      if (done % tellEvery === 0 && done < seeds) tell()
    },
    finish(): boolean {
      tell()
      const [shortest] = failed.toSorted((a, b) => (a.trace?.length ?? 0) - (b.trace?.length ?? 0))
      if (shortest) explain(shortest)
      else console.log('All held.')
      return failed.length === 0
    },
  }
}

function explain({ seed, broken, trace = [], mostFaults }: Told): void {
  const faults = mostFaults === undefined ? '' : ` --faults ${mostFaults}`
  console.log([...trace, '', `Seed ${seed} does not hold:`, ...broken.map((rule) => `  ${rule}`)].join('\n'))
  console.log(`Repeat it with: npm run simulate -- --seed ${seed}${faults}`)
}
