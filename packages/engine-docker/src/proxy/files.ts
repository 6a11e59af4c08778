import { randomBytes } from 'node:crypto'
import { FailureError } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readFiles, type TextFiles } from '../client/archive.ts'
import { quote, quoteWords, type Shell, type ShellOptions } from '../client/shell.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { recognizeFailure } from '../failure/translate.ts'
import { type AdminAccess, baseFile, readAdminAccess } from './base-config.ts'
import { proxyFolders } from './folders.ts'
import { namesFile, renderNames } from './names.ts'
import { type PlaceFile, parsePlace, renderPlace } from './place-config.ts'
import { type Route, type RoutedPlace, routeKey } from './route.ts'

/** Text files that belong into a folder of the proxy's volume, by name. */
export interface FileSet {
  folder: string
  texts: TextFiles
}

/** The proxy's files: through its shell, and past it where it does not run. */
export interface FileAccess {
  container: Docker.Container
  shell: Shell
}

/** The files of a folder, without its subfolders; empty when there is no such folder. */
export async function readFolder(
  { container, shell }: FileAccess,
  folder: string,
  signal?: AbortSignal,
): Promise<TextFiles> {
  const mark = randomBytes(12).toString('hex')
  const show = `{ printf '\\n${mark} %s\\n' "$file"; cat "$file" || exit 1; }`
  const loop = `for file in * .[!.]*; do if [ -f "$file" ] && [ ! -L "$file" ]; then ${show}; fi; done`
  const options = { what: `read ${folder}`, whole: true, signal }
  const said = await shell.run(`cd ${quote(folder)} && ${loop}`, options).catch(passOver)
  signal?.throwIfAborted()
  // It does not run, there is no such folder, or a file there is not for everybody: the engine reads them all.
  if (said?.exitCode !== 0) return readFiles(container, folder)
  const parts = said.stdout.split(`\n${mark} `).slice(1)
  return Object.fromEntries(parts.map(splitName))
}

/** What is slow or away would be no better by another way. */
function passOver(error: unknown): undefined {
  if (error instanceof FailureError && ['engine-slow', 'engine-unreachable'].includes(error.code)) throw error
}

function splitName(part: string): [name: string, text: string] {
  const end = part.indexOf('\n')
  return [part.slice(0, end), part.slice(end + 1)]
}

export async function readBase(access: FileAccess, signal?: AbortSignal): Promise<string | undefined> {
  return (await readFolder(access, proxyFolders.base, signal))[baseFile]
}

export async function readAccess(access: FileAccess, signal?: AbortSignal): Promise<AdminAccess> {
  const found = readAdminAccess((await readBase(access, signal)) ?? '')
  if (!found) throw proxyFailure('its base configuration is not one of Stevedore’s')
  return found
}

export async function readPlaces(access: FileAccess, signal?: AbortSignal): Promise<PlaceFile[]> {
  const files = await readFolder(access, proxyFolders.places, signal)
  return Object.values(files).flatMap((text) => parsePlace(text) ?? [])
}

/** @returns what is to be replaced for a place */
export function buildPlaceFiles(file: Omit<PlaceFile, 'frame'>): FileSet {
  return { folder: proxyFolders.places, texts: { [`${routeKey(file.route)}.cfg`]: renderPlace(file) } }
}

/** The names that lead to routes, as the shared frontend looks them up. */
export function buildNameFiles(routes: Route[]): FileSet {
  return { folder: proxyFolders.base, texts: { [namesFile]: renderNames(routes) } }
}

/** In the order given, each at once: a restart of the proxy never meets half of a file. */
export async function replaceFiles(
  { shell }: FileAccess,
  sets: FileSet[],
  { fence, signal }: WorkContext,
): Promise<void> {
  const files = sets.flatMap(({ folder, texts }) =>
    Object.entries(texts).map(([name, text]) => ({ name, text, path: `${folder}/${name}` })),
  )
  const [first] = files
  if (!first) return
  const script = ['umask 077', ...files.map(writeFile)].join('\n')
  await fence()
  await runIn(shell, script, { what: `write ${files.length > 1 ? `${files.length} files` : first.name}`, signal })
}

/**
 * The draft has a name of its own for each saying, or one that was given up could write into another's. It is `cat` that says why a file
 * cannot be written: the `printf` of a shell is silent about a full disk.
 */
function writeFile({ name, text, path }: { name: string; text: string; path: string }): string {
  const draft = `${quote(`${proxyFolders.incoming}/${name}.`)}"$saying"`
  return `{ printf '%s' ${quote(text)} | cat > ${draft} && mv ${draft} ${quote(path)}; } || { rm -f ${draft}; exit 1; }`
}

export async function removePlace({ shell }: FileAccess, place: RoutedPlace, context: WorkContext): Promise<void> {
  await context.fence()
  const command = ['rm', '-f', `${proxyFolders.places}/${routeKey(place)}.cfg`]
  await runIn(shell, quoteWords(command), { what: 'rm', signal: context.signal })
}

/** Those files that differ. The one that names the others comes last: `base.cfg`. */
export function pickChanged(folder: string, from: TextFiles, to: TextFiles): FileSet {
  const changed = Object.entries(to).filter(([name, text]) => from[name] !== text)
  const sorted = changed.toSorted(([a], [b]) => Number(a === baseFile) - Number(b === baseFile))
  return { folder, texts: Object.fromEntries(sorted) }
}

/** HAProxy's own judgement of all files as they are, or of others; undefined when they are fine. */
export async function checkConfig(
  { shell }: FileAccess,
  signal: AbortSignal,
  paths: string[] = [proxyFolders.base, proxyFolders.places],
): Promise<string | undefined> {
  const command = ['haproxy', '-c', ...paths.flatMap((path) => ['-f', path])]
  const { exitCode, stderr } = await shell.run(quoteWords(command), { what: 'haproxy -c', signal })
  if (exitCode === 0) return undefined
  const lines = stderr.trim().split('\n')
  const alerts = lines.filter((line) => line.startsWith('[ALERT]'))
  if (alerts.length > 0) return alerts.join('\n')
  // Killed for want of memory, or of a version that says it otherwise: what was not found to be fine is not loaded.
  return `\`haproxy -c\` ended with ${exitCode}; its last words: ${lines.at(-1) || 'none'}`
}

/** Runs what changes files. @throws FailureError `no-space`, `proxy-failed` */
export async function runIn(shell: Shell, script: string, options: ShellOptions): Promise<void> {
  const { exitCode, stderr } = await shell.run(script, options)
  if (exitCode === 0) return
  const diagnosis = 'the files of the proxy could not be written'
  throw new FailureError(recognizeFailure(stderr) ?? 'proxy-failed', { diagnosis, detail: stderr })
}
