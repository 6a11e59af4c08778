import type { Job } from '@stevedore/ledger'
import type { WorldCommand } from './commands.ts'
import type { World } from './world.ts'

/** A command ends as its job says: run to its end, lost, or never begun; and nothing of it is left. That it is begun once, all effects are judged by. */
export function judgeCommands(jobs: readonly Job[], { commands }: World): string[] {
  const runs = jobs.filter(({ kind }) => kind === 'run')
  return runs.flatMap((job) => judgeCommand(job, commands.get(job.id)).map((rule) => `run ${job.id}: ${rule}`))
}

function judgeCommand({ state, error }: Job, command: WorldCommand | undefined): string[] {
  const broken: string[] = []
  const isLost = command !== undefined && Number.isFinite(command.lostAtMs)
  if (isLost && state === 'succeeded') broken.push(`its command was lost, and it is ${state}`)
  if (error?.code === 'command-lost' && !isLost) broken.push('it says that its command was lost, which it was not')
  if (state === 'succeeded' && !command?.isBegun) broken.push('it succeeded, and its command was never begun')
  if (command && !command.isRemoved) broken.push(`it is ${state}, and its command is still there`)
  return broken
}
