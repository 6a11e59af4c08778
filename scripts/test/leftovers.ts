import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { findProgram } from '@stevedore/testkit/component'
import { chooseScratchDir } from '@stevedore/testkit/scratch-dir'
import { execa } from 'execa'
import type { Outcome } from './outcome.ts'

/** What there is on this machine that bears our name, a line each: folders, processes, and what an engine has. */
export async function listOurs(): Promise<Set<string>> {
  const found = await Promise.all([listFolders(), listProcesses(), listMounts(), ...engineKinds.map(listOfEngine)])
  return new Set(found.flat())
}

/**
 * Whether all that came since is gone again: each thing that stays counts as a failure. What is just ending has a moment to do so.
 * @param list what there is now
 */
export async function judgeLeftovers(
  before: ReadonlySet<string>,
  { list = listOurs, withinMs = 10_000 } = {},
): Promise<Outcome> {
  const end = performance.now() + withinMs
  for (;;) {
    const left = [...(await list())].filter((line) => !before.has(line))
    if (left.length === 0 || performance.now() > end)
      return { passed: 0, skipped: 0, failures: left.map((line) => `left behind by the tests: ${line}`) }
    await pause(500)
  }
}

const ours = /^stevedore[-.]/
const parents = [...new Set([tmpdir(), chooseScratchDir()])]
/** As one of our folders is named in a path. */
const ourPaths = parents.map((parent) => `${parent}/stevedore-`)

async function listFolders(): Promise<string[]> {
  const names = (await Promise.all(parents.map((parent) => readdir(parent)))).flat()
  // The run that asks has one itself.
  return names.filter((name) => ours.test(name) && !name.startsWith('stevedore-tests-')).map((name) => `folder ${name}`)
}

async function listMounts(): Promise<string[]> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  const places = mounts.split('\n').map((line) => line.split(' ')[1] ?? '')
  return places.filter((place) => ourPaths.some((path) => place.startsWith(path))).map((place) => `mount ${place}`)
}

/** Those that name one of our folders, or are one of our commands. */
async function listProcesses(): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')] as const),
  )
  return lines
    .filter(([, line]) => [...ourPaths, 'bin/stevedore.js'].some((text) => line.includes(text)))
    .map(([pid, line]) => `process ${pid} ${line.replaceAll('\0', ' ').slice(0, 120)}`)
}

const engineKinds = [
  ['container', 'ps', '--all', '--format', '{{.Names}}'],
  // A name may be that of several.
  ['network', 'network', 'ls', '--format', '{{.Name}} {{.ID}}'],
  ['volume', 'volume', 'ls', '--format', '{{.Name}}'],
] as const

async function listOfEngine([kind, ...asked]: (typeof engineKinds)[number]): Promise<string[]> {
  const docker = findProgram('docker')
  if (!docker) return []
  const { stdout, exitCode } = await execa(docker, asked, { reject: false, timeout: 60_000 })
  if (exitCode !== 0) return []
  return stdout
    .split('\n')
    .filter((name) => ours.test(name))
    .map((name) => `${kind} ${name}`)
}
