import { FailureError, listFiles, type PlacedFile } from '@stevedore/contract'
import type { Command, CommandEnd, Place, Release, ReplicaCommand, Terminal } from '../deploy-engine.ts'
import { sleep } from '../kit/poll.ts'
import type { WorkContext } from '../work-context.ts'
import type { FakeCommand, FakeReplica, FakeWorld } from './deploy-world.ts'

/**
 * It knows `sh -c` alone, and of shells `echo`, `$NAME`, `cat` of the release's files, `touch` and `ls` of a companion's volume, `exit N`
 * and `sleep`, which never ends.
 */
export async function startCommand(
  world: FakeWorld,
  release: Release,
  { words, hasTerminal }: Command,
  { jobId, fence }: WorkContext,
): Promise<void> {
  const { commands } = world.place(release)
  const env = { ...release.settings.env, ...release.secrets }
  // Made and then begun, as by engines, each behind the fence.
  if (!commands.has(jobId)) {
    await fence()
    const begin = () => perform(words, env, listFiles(release.settings))
    commands.set(jobId, { lines: [], exitCode: undefined, begin })
  }
  if (!hasTerminal) await begin(world, release, { jobId, fence })
}

/** What was begun already is left as it is. @returns whether it was this call that began it */
async function begin(
  world: FakeWorld,
  place: Place,
  { jobId, fence }: Pick<WorkContext, 'jobId' | 'fence'>,
): Promise<boolean> {
  const { commands } = world.place(place)
  const found = commands.get(jobId)
  if (!found?.begin) return false
  await fence()
  if (commands.get(jobId) !== found) throw new Error(`the command of job ${jobId} is not to be begun any more`)
  commands.set(jobId, found.begin())
  return true
}

function perform(
  words: readonly string[],
  env: Record<string, string>,
  placed: readonly PlacedFile[],
  volume = new Set<string>(),
): FakeCommand {
  const script = words[0] === 'sh' ? (words[2] ?? '') : words.join(' ')
  const files = new Map(placed.map(({ path, content }) => [path, content.toString()]))
  const done: FakeCommand = { lines: [], exitCode: 0 }
  for (const statement of script.split(';').map((one) => one.trim())) {
    const [verb, ...others] = statement.split(' ')
    const rest = others.join(' ')
    if (verb === 'echo') done.lines.push(rest.replaceAll(/\$([A-Z_]+)/g, (_, name: string) => env[name] ?? ''))
    if (verb === 'cat') done.lines.push(...(files.get(rest) ?? '').trimEnd().split('\n'))
    if (verb === 'touch') volume.add(rest.slice(rest.lastIndexOf('/') + 1))
    if (verb === 'ls') done.lines.push(...[...volume].toSorted())
    if (verb === 'exit') return { ...done, exitCode: Number(rest) }
    if (verb === 'sleep') return { ...done, exitCode: undefined }
  }
  return done
}

const lookMs = 5

export async function followCommand(
  world: FakeWorld,
  place: Place,
  { jobId, log, fence, signal }: WorkContext,
  terminal?: Terminal,
): Promise<CommandEnd | undefined> {
  const { commands } = world.place(place)
  if (terminal && commands.has(jobId) && !(await begin(world, place, { jobId, fence })))
    throw new FailureError('command-lost', { diagnosis: 'it was begun before, and its terminal is gone' })
  const command = commands.get(jobId)
  if (command && terminal) await playTerminal(terminal, command)
  else for (const line of command?.lines ?? []) log(line)
  while (commands.get(jobId) && command?.exitCode === undefined) await sleep(lookMs, signal)
  return command?.exitCode === undefined ? undefined : { exitCode: command.exitCode }
}

export async function removeCommand(world: FakeWorld, place: Place, { jobId, fence }: WorkContext): Promise<void> {
  await fence()
  world.place(place).commands.delete(jobId)
}

export async function execCommand(
  world: FakeWorld,
  place: Place,
  { replica: { name }, words, terminal }: ReplicaCommand,
  { jobId, log, fence, signal }: WorkContext,
): Promise<CommandEnd> {
  const { commands } = world.place(place)
  const replica = () => findInside(world, place, name)
  const { env = {}, files = [], volume } = replica() ?? {}
  if (!replica()) throw new FailureError('replica-missing', { diagnosis: `${name} does not run any more` })
  await fence()
  const command: FakeCommand = { ...perform(words, env, files, volume), inside: name }
  commands.set(jobId, command)
  if (terminal) await playTerminal(terminal, command)
  else for (const line of command.lines) log(line)
  while (commands.get(jobId) === command && command.exitCode === undefined && replica()) await sleep(lookMs, signal)
  commands.delete(jobId)
  if (!replica()) throw new FailureError('replica-gone', { diagnosis: `${name} ended before the command in it did` })
  return { exitCode: command.exitCode ?? 143 }
}

type Inside = Pick<FakeReplica, 'env' | 'files'> & { volume?: Set<string> | undefined }

function findInside(world: FakeWorld, place: Place, name: string): Inside | undefined {
  const { replicas, services, volumes } = world.place(place)
  if (!place.service) return replicas.find((one) => one.name === name)
  const found = services.get(place.service.name)
  return found && { ...found, volume: volumes.get(`${found.name}.data`) }
}

export async function endExec(world: FakeWorld, place: Place, { jobId, fence }: WorkContext): Promise<undefined> {
  await fence()
  world.place(place).commands.delete(jobId)
}

/** It shows what is typed in brackets, each size, and ends with a `q` or a Ctrl-C. */
async function playTerminal(terminal: Terminal, command: FakeCommand): Promise<void> {
  for (const line of command.lines) await terminal.show(Buffer.from(`${line}\r\n`))
  terminal.attach({
    async write(piece) {
      await terminal.show(Buffer.from(`[${piece}]`))
      if (piece.includes('q')) command.exitCode = 7
      if (piece.includes(3)) command.exitCode = 130
    },
    resize: ({ columns, rows }) => terminal.show(Buffer.from(`(${columns}x${rows})`)),
  })
}
