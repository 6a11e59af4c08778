import { setTimeout as pause } from 'node:timers/promises'
import type { DeployEngine } from '@stevedore/engine'
import type { Act } from '../chaos/act.ts'
import type { Mutation } from './mutation.ts'
import type { Schedule } from './schedule.ts'

/** What runs, or ran, of a job's command. */
export interface WorldCommand {
  isBegun: boolean
  /** When it ends by itself. */
  endsAtMs: number
  /** When its host loses it, if it does. */
  lostAtMs: number
  isRemoved: boolean
}

/** By their jobs. */
export type Commands = Map<string, WorldCommand>

interface CommandsOptions {
  commands: Commands
  longestMs: number
  schedule: Schedule
  act: Act
  mutation: Mutation
}

const lookMs = 2_000

/**
 * Commands that take their time, of which a host loses some. That is seen by who follows one: nobody but the engine removes what it has begun
 * before it is recorded as begun.
 */
export function createCommands({ commands, longestMs, schedule, act, mutation }: CommandsOptions) {
  const isThere = (jobId: string) => commands.get(jobId)?.isRemoved === false
  const begin = (command: WorldCommand) => {
    const lastsMs = Math.random() * longestMs
    const isLost = Math.random() < 0.25
    Object.assign(command, {
      isBegun: true,
      endsAtMs: schedule.nowMs() + lastsMs,
      lostAtMs: isLost ? schedule.nowMs() + lastsMs * Math.random() : Number.POSITIVE_INFINITY,
    })
  }
  const engine: Pick<DeployEngine, 'startCommand' | 'followCommand' | 'removeCommand'> = {
    async startCommand(_release, _command, context) {
      const { jobId } = context
      if (!isThere(jobId))
        await act('make-command', 'made-command', context, undefined, () => {
          if (!isThere(jobId))
            commands.set(jobId, { isBegun: false, isRemoved: false, endsAtMs: 0, lostAtMs: Number.POSITIVE_INFINITY })
          return true
        })
      if (commands.get(jobId)?.isBegun) return
      await act('begin-command', 'begun-command', context, undefined, () => {
        const made = commands.get(jobId)
        if (!made || made.isBegun || made.isRemoved) return false
        begin(made)
        return true
      })
    },
    async followCommand(_place, context) {
      for (;;) {
        const command = commands.get(context.jobId)
        const ms = schedule.nowMs()
        if (!command || command.isRemoved) return undefined
        if (ms >= command.lostAtMs) {
          if (!mutation.restartsLost) return undefined
          await act('begin-command', 'begun-command', context)
          begin(command)
          continue
        }
        if (ms >= command.endsAtMs) return { exitCode: 0 }
        await pause(lookMs, undefined, { signal: context.signal })
      }
    },
    async removeCommand(_place, context) {
      await act('clear', 'cleared', context, undefined, () => {
        const command = commands.get(context.jobId)
        if (command) command.isRemoved = true
        return true
      })
    },
  }
  return engine
}
