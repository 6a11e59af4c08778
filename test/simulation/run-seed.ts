import { controlJob } from '@stevedore/ledger'
import { createRandom, type Random } from '../../scripts/soak/random.ts'
import { readWorld } from '../chaos/deploy-engine.ts'
import type { Deed } from '../chaos/script.ts'
import { startClient } from './client.ts'
import { type Connections, openConnections } from './connections.ts'
import { type Faults, openFaults } from './faults.ts'
import { judge } from './judge.ts'
import type { Lane } from './lane.ts'
import type { Mutation } from './mutation.ts'
import { openSchedule, type Process, type Schedule } from './schedule.ts'
import { type Api, by, type Request } from './send.ts'
import { openSessions, type Sessions } from './sessions.ts'
import { drawStory, followStory } from './story.ts'
import { drawTimetable, keepTimetable, type Timetable } from './timetable.ts'
import { openTransport, type SimulatedTransport } from './transport.ts'
import { leaseMs, startSimulatedWorker } from './worker.ts'
import { openEngines, openWorld, type World } from './world.ts'

export interface SeedResult {
  seed: number
  /** What is broken, in words. */
  broken: string[]
  turns: number
  statements: number
  /** What processes and connections were befallen by. */
  faults: number
  /** Of every turn, in order. */
  trace: string[]
}

/** After so many turns, or so much time, what has not ended never will. */
const mostTurns = 6_000
const longestMs = 20 * 60_000
/** Faults come up to here. */
const faultyMs = 25_000
/** The same where times of a schedule come. */
const faultyTimetableMs = 100_000
/** So much after a minute such a seed begins. */
const beforeMinuteMs = 45_000
/** Longer than from one time to the next, for some. */
const longCommandMs = 90_000

interface Stage {
  lane: Lane
  mutation: Mutation
  random: Random
  schedule: Schedule
  faults: Faults
  sessions: Sessions
  connections: Connections
  transport: SimulatedTransport
  world: World
  history: Request[]
  workers: Map<string, { process: Process; countOpen(): number }>
  api: Api | undefined
  listeners: { process: Process; channel: string; callback(payload: string): void }[]
  /** Starts again what was killed; never befallen by a fault itself. */
  keeper: Process
  isRestoring: boolean
  restoredToMs: number | undefined
  lives: number
  timetable: Timetable | undefined
}

interface SeedOptions {
  /** With no more faults than these, of those that the seed has. */
  mostFaults?: number | undefined
  mutation?: Mutation
}

/** Runs a seed to its end and judges it. */
export async function runSeed(lane: Lane, seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  const timetable = drawTimetable(seed)
  const story = timetable ? undefined : drawStory(seed)
  const isStanding = Boolean(story || timetable)
  await (isStanding ? lane.standing : lane.kept).reset()
  const stage = openStage(lane, seed, { ...options, stood: isStanding ? lane.standing.deeds : [], timetable })
  const isAroundRestore = stage.random.chance(0.1) && !isStanding
  const { schedule, connections } = stage
  startApi(stage)
  for (const name of ['worker-1', 'worker-2']) startWorker(stage, name)
  let isAnswered = false
  const client = {
    ...{ schedule, random: stage.random.branch(), history: stage.history },
    process: schedule.openProcess('client'),
    findApi: () => stage.api,
  }
  const ask = () => {
    if (timetable) return keepTimetable(client, timetable)
    if (story) return followStory(client, lane.standing.app, story)
    return startClient({ ...client, apps: lane.apps, isAroundRestore })
  }
  void ask().then(() => {
    isAnswered = true
  })
  if (isAroundRestore) planRestore(stage)
  const { turns, stuck } = await runTurns(stage, () => isAnswered)
  await stage.sessions.endAll()
  for (const { process } of stage.workers.values()) schedule.forget(process)
  connections.giveBack()
  const broken = stuck ? [stuck] : []
  broken.push(...(await judge({ ...stage, own: lane.own, stood: lane.standing.jobIds })))
  const counts = { turns, statements: connections.countStatements(), faults: stage.faults.count() }
  return { seed, broken, ...counts, trace: schedule.trace }
}

function openStage(
  lane: Lane,
  seed: number,
  { mostFaults, mutation = {}, stood, timetable }: SeedOptions & Pick<Stage, 'timetable'> & { stood: readonly Deed[] },
): Stage {
  const random = createRandom(seed)
  const schedule = openSchedule(random.branch(), timetable ? beforeMinuteMs : 0)
  const faults = openFaults(random.branch(), { leaseMs, most: mostFaults })
  const sessions = openSessions({ own: lane.own, stock: lane.stock, schedule })
  const keeper = schedule.openProcess('keeper')
  const carrier = schedule.openProcess('carrier')
  const transport = openTransport({ schedule, random: random.branch(), carrier, isFaulty: () => !faults.isOver() })
  const stage: Omit<Stage, 'connections'> = {
    ...{ lane, mutation, random, schedule, faults, sessions, transport, keeper, timetable },
    ...{
      world: openWorld(stood, timetable && longCommandMs),
      history: [],
      workers: new Map(),
      api: undefined,
      listeners: [],
    },
    ...{ isRestoring: false, restoredToMs: undefined, lives: 0 },
  }
  const connections = openConnections({
    ...{ stock: lane.ledgers, sessions, schedule, faults, mutation },
    kill: (process) => kill(whole, process),
    tell: (channel, payload) => tell(whole, channel, payload),
  })
  const whole: Stage = Object.assign(stage, { connections })
  schedule.onTime(async () => {
    if (schedule.sinceStartMs() > (timetable ? faultyTimetableMs : faultyMs)) faults.end()
    await sessions.endLate()
  })
  return whole
}

async function runTurns(stage: Stage, isAnswered: () => boolean): Promise<{ turns: number; stuck?: string }> {
  const { schedule } = stage
  for (let turns = 0; turns < mostTurns; turns++) {
    if (await schedule.takeTurn()) continue
    if (isAnswered() && (await isOver(stage))) return { turns }
    if (schedule.sinceStartMs() > longestMs) return { turns, stuck: 'it has not come to an end in 20 minutes' }
    if (!(await schedule.passTime())) return { turns, stuck: 'nobody can do anything any more' }
  }
  return { turns: mostTurns, stuck: `it has not come to an end in ${mostTurns} turns` }
}

const openJobs = `select id, state = 'waiting' and due_at is null and waiting_for <> 'environment' as asks
  from jobs where state not in ('succeeded', 'failed', 'cancelled', 'superseded') order by seq`

/** Each job has ended, and so has each attempt, whether it still held its job or not. */
async function isOver(stage: Stage): Promise<boolean> {
  const { lane, workers, schedule, sessions, isRestoring, restoredToMs } = stage
  if (isRestoring && restoredToMs === undefined) return false
  const processes = [...workers.values()]
  if (processes.length < 2 || sessions.isAnyBlocked()) return false
  if (processes.some(({ process, countOpen }) => countOpen() > 0 || process.stoppedUntilMs > schedule.nowMs()))
    return false
  const { rows } = await lane.own.pool.query<{ id: string; asks: boolean }>({ text: openJobs })
  const asking = rows.find(({ asks }) => asks)
  if (asking) await answerPerson(stage, asking.id)
  return rows.length === 0
}

/** Jobs of a restored copy wait for a person to say how it goes on, who here wants none of them. */
async function answerPerson({ api, schedule }: Stage, jobId: string): Promise<void> {
  if (!api || schedule.isPending('person')) return
  schedule.addTurn({
    process: api.process,
    what: 'person',
    take: () => void controlJob(api.ledger, { jobId, verb: 'cancel', by }).catch(() => {}),
  })
}

function openLedgerFor(stage: Stage, process: Process) {
  const ledger = stage.connections.openLedgerFor(process)
  return Object.assign(ledger, {
    async listen(channel: string, callback: (payload: string) => void) {
      const listener = { process, channel, callback }
      stage.listeners.push(listener)
      return () => void stage.listeners.splice(stage.listeners.indexOf(listener), 1)
    },
  })
}

function startApi(stage: Stage): void {
  stage.lives += 1
  const process = stage.schedule.openProcess(`api-${stage.lives}`)
  stage.api = { process, ledger: openLedgerFor(stage, process) }
}

function startWorker(stage: Stage, name: string): void {
  const { schedule, transport, world, lane, mutation } = stage
  stage.lives += 1
  const process = schedule.openProcess(`${name}-${stage.lives}`)
  const ledger = openLedgerFor(stage, process)
  const engines = openEngines({ world, process, schedule, own: lane.own, mutation, pid: stage.lives })
  const worker = startSimulatedWorker({
    process,
    ledger,
    engines,
    transport,
    mutation,
    isScheduling: stage.timetable !== undefined,
  })
  stage.workers.set(name, { process, ...worker })
}

/** As by SIGKILL; its place is taken again some time later. */
function kill(stage: Stage, process: Process): void {
  if (!process.isAlive) return
  const { schedule, sessions, keeper, random } = stage
  schedule.forget(process)
  stage.listeners = stage.listeners.filter((listener) => listener.process !== process)
  schedule.hold(sessions.endAll(process))
  const again = startAgain(stage, process)
  schedule.startTimer(keeper, random.between(100, 8_000), again)
}

/** @returns starts what the process was */
function startAgain(stage: Stage, process: Process): () => void {
  if (stage.api?.process === process) {
    stage.api = undefined
    return () => startApi(stage)
  }
  const [name = ''] = [...stage.workers].find(([, worker]) => worker.process === process) ?? []
  stage.workers.delete(name)
  return () => startWorker(stage, name)
}

/** One in five is not heard: a connection that listens may break. */
function tell({ listeners, schedule, random }: Stage, channel: string, payload: string): void {
  for (const { process, callback } of listeners.filter((one) => one.channel === channel))
    if (random.chance(0.8))
      schedule.addTurn({
        process,
        what: `hears ${channel}`,
        take: () => callback(payload),
      })
}

/** Keeps a copy of the ledger at one moment, and puts it in the ledger's place at a later one, as a person would who lost the ledger. */
function planRestore(stage: Stage): void {
  const { lane, schedule, random, keeper, sessions, world } = stage
  stage.isRestoring = true
  const keptAtMs = random.between(3_000, 15_000)
  let keptMs = 0
  schedule.startTimer(keeper, keptAtMs, async () => {
    keptMs = schedule.nowMs()
    schedule.hold(lane.kept.keep())
    schedule.note('!! a copy of the ledger is made')
  })
  const restore = async () => {
    await sessions.endAll()
    await lane.kept.restore()
    const { rows } = await lane.own.pool.query<{ app: string; last: number }>(
      'select app, coalesce(max(number), 0)::int as last from revisions group by app',
    )
    const last = new Map(rows.map(({ app, last }) => [app, last]))
    for (const app of lane.apps) {
      const runs = Object.keys(readWorld(world.deeds, app).replicas).map(Number)
      if (runs.some((revision) => revision > (last.get(app) ?? 0))) world.unknown.add(app)
    }
    world.isRestored = true
    stage.restoredToMs = keptMs
  }
  schedule.startTimer(keeper, keptAtMs + random.between(5_000, 20_000), () => {
    schedule.note('!! the copy is put in the place of the ledger')
    for (const { process } of [...stage.workers.values()]) kill(stage, process)
    if (stage.api) kill(stage, stage.api.process)
    schedule.hold(restore())
  })
}
