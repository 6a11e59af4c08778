import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readFiles, writeFiles } from '../client/archive.ts'
import { execIn } from '../client/exec.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { type AdminAccess, baseFile, readAdminAccess } from './base-config.ts'
import { proxyFolders } from './folders.ts'
import { namesFile, renderNames } from './names.ts'
import { type PlaceFile, parsePlace, renderPlace } from './place-config.ts'
import { type Route, type RoutedPlace, routeKey } from './route.ts'

export async function readBase(container: Docker.Container): Promise<string | undefined> {
  return (await readFiles(container, proxyFolders.base))[baseFile]
}

export async function readAccess(container: Docker.Container): Promise<AdminAccess> {
  const access = readAdminAccess((await readBase(container)) ?? '')
  if (!access) throw proxyFailure('its base configuration is not one of Stevedore’s')
  return access
}

export async function readPlaces(container: Docker.Container): Promise<PlaceFile[]> {
  const files = await readFiles(container, proxyFolders.places)
  return Object.values(files).flatMap((text) => parsePlace(text) ?? [])
}

export function writePlace(
  container: Docker.Container,
  file: Omit<PlaceFile, 'frame'>,
  context: WorkContext,
): Promise<void> {
  const name = `${routeKey(file.route)}.cfg`
  return replaceFile(container, { folder: proxyFolders.places, name, text: renderPlace(file) }, context)
}

/** At once: a restart of the proxy never meets half of a file. */
async function replaceFile(
  container: Docker.Container,
  { folder, name, text }: { folder: string; name: string; text: string },
  context: WorkContext,
): Promise<void> {
  await context.fence()
  await writeFiles(container, proxyFolders.incoming, { [name]: text })
  await context.fence()
  await run(container, ['mv', `${proxyFolders.incoming}/${name}`, `${folder}/${name}`], context.signal)
}

export async function removePlace(
  container: Docker.Container,
  place: RoutedPlace,
  context: WorkContext,
): Promise<void> {
  await context.fence()
  await run(container, ['rm', '-f', `${proxyFolders.places}/${routeKey(place)}.cfg`], context.signal)
}

/** Those files of a folder that differ. The one that names the others comes last: `base.cfg`. */
export async function replaceFiles(
  container: Docker.Container,
  { folder, from, to }: { folder: string; from: Record<string, string>; to: Record<string, string> },
  context: WorkContext,
): Promise<void> {
  const changed = Object.entries(to).filter(([name, text]) => from[name] !== text)
  for (const [name, text] of changed.toSorted(([a], [b]) => Number(a === baseFile) - Number(b === baseFile)))
    await replaceFile(container, { folder, name, text }, context)
}

/** The names that lead to routes, as the shared frontend looks them up; untouched where they are the same. */
export async function writeNames(container: Docker.Container, routes: Route[], context: WorkContext): Promise<void> {
  const from = await readFiles(container, proxyFolders.base)
  await replaceFiles(container, { folder: proxyFolders.base, from, to: { [namesFile]: renderNames(routes) } }, context)
}

/** HAProxy's own judgement of all files as they are, or of others; undefined when they are fine. */
export async function checkConfig(
  container: Docker.Container,
  signal: AbortSignal,
  paths: string[] = [proxyFolders.base, proxyFolders.places],
): Promise<string | undefined> {
  const command = ['haproxy', '-c', ...paths.flatMap((path) => ['-f', path])]
  const { exitCode, stderr } = await execIn(container, command, { signal })
  if (exitCode === 0) return undefined
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('[ALERT]'))
    .join('\n')
}

/** @throws FailureError `proxy-failed` */
export async function run(container: Docker.Container, command: string[], signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await execIn(container, command, { signal })
  if (exitCode !== 0) throw proxyFailure('its files could not be written', stderr)
}
