import { listFiles } from '@stevedore/contract'
import type { Command, CommandEnd, Place, Release } from '../deploy-engine.ts'
import { sleep } from '../kit/poll.ts'
import type { WorkContext } from '../work-context.ts'
import type { FakeCommand, FakeWorld } from './deploy-world.ts'

/** It knows `sh -c` alone, and of shells `echo`, `$NAME`, `cat` of the release's files, `exit N` and `sleep`, which never ends. */
export async function startCommand(
  world: FakeWorld,
  release: Release,
  { words }: Command,
  { jobId, fence }: WorkContext,
): Promise<void> {
  const { commands } = world.place(release)
  if (commands.has(jobId)) return
  await fence()
  const script = words[0] === 'sh' ? (words[2] ?? '') : words.join(' ')
  const files = new Map(listFiles(release.settings).map(({ path, content }) => [path, content.toString()]))
  commands.set(jobId, perform(script, { ...release.settings.env, ...release.secrets }, files))
}

function perform(script: string, env: Record<string, string>, files: Map<string, string>): FakeCommand {
  const done: FakeCommand = { lines: [], exitCode: 0 }
  for (const statement of script.split(';').map((one) => one.trim())) {
    const [verb, ...others] = statement.split(' ')
    const rest = others.join(' ')
    if (verb === 'echo') done.lines.push(rest.replaceAll(/\$([A-Z_]+)/g, (_, name: string) => env[name] ?? ''))
    if (verb === 'cat') done.lines.push(...(files.get(rest) ?? '').trimEnd().split('\n'))
    if (verb === 'exit') return { ...done, exitCode: Number(rest) }
    if (verb === 'sleep') return { ...done, exitCode: undefined }
  }
  return done
}

const lookMs = 5

export async function followCommand(
  world: FakeWorld,
  place: Place,
  { jobId, log, signal }: WorkContext,
): Promise<CommandEnd | undefined> {
  const { commands } = world.place(place)
  const command = commands.get(jobId)
  for (const line of command?.lines ?? []) log(line)
  while (commands.get(jobId) && command?.exitCode === undefined) await sleep(lookMs, signal)
  return command?.exitCode === undefined ? undefined : { exitCode: command.exitCode }
}

export async function removeCommand(world: FakeWorld, place: Place, { jobId, fence }: WorkContext): Promise<void> {
  await fence()
  world.place(place).commands.delete(jobId)
}
