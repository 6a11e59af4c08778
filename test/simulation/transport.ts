import type { JobMessage } from '@stevedore/contract'
import type { Publisher } from '@stevedore/queue'
import type { Random } from '../../scripts/soak/random.ts'
import type { Process, Schedule } from './schedule.ts'

type Outgoing = Parameters<Publisher['publish']>[0][number]

/** Who takes messages. */
interface Taker {
  process: Process
  handle(message: JobMessage): Promise<void>
}

interface TransportOptions {
  schedule: Schedule
  random: Random
  /** Who waits for messages that are on their way: no process of the product. */
  carrier: Process
  /** Whether it still loses, doubles and holds up what it is given. */
  isFaulty(): boolean
}

const handBackMs = 500
const nobodyMs = 1_000

/** Carries messages in memory: some never, some twice, some late and in another order. */
export function openTransport({ schedule, random, carrier, isFaulty }: TransportOptions) {
  const takers = new Set<Taker>()

  function carry(message: Outgoing, afterMs: number): void {
    schedule.startTimer(carrier, afterMs, () => deliver(message))
  }

  function deliver(message: Outgoing): void {
    const alive = [...takers].filter(({ process }) => process.isAlive)
    if (alive.length === 0) {
      carry(message, nobodyMs)
      return
    }
    const taker = random.pick(alive)
    const { jobId, attempt } = message
    schedule.addTurn({
      process: taker.process,
      what: `takes ${jobId.slice(0, 4)}-${attempt}`,
      // What it throws wants the message to go to another.
      take: () => void taker.handle({ jobId, attempt }).catch(() => carry(message, handBackMs)),
    })
  }

  function accept(message: Outgoing): void {
    const faulty = isFaulty()
    if (faulty && random.chance(0.08)) {
      schedule.note(`!! lost the message ${message.jobId.slice(0, 4)}-${message.attempt}`)
      return
    }
    const times = faulty && random.chance(0.15) ? 2 : 1
    for (let time = 0; time < times; time++)
      carry(
        message,
        message.delayMs + (faulty && random.chance(0.2) ? random.between(0, 15_000) : random.between(0, 50)),
      )
  }

  return {
    takers,
    openPublisher(process: Process): Publisher {
      return {
        publish: (messages) =>
          new Promise((resolve, reject) => {
            const take = () => {
              if (isFaulty() && random.chance(0.05)) return reject(new Error('the transport is away'))
              messages.forEach(accept)
              resolve()
            }
            schedule.addTurn({ process, what: `publishes ${messages.length}`, take })
          }),
        withdraw: async () => {},
        depths: async () => [],
        ping: async () => {},
        close: async () => {},
      }
    },
  }
}

export type SimulatedTransport = ReturnType<typeof openTransport>
