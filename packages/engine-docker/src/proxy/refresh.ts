import { createHash } from 'node:crypto'
import type { WorkContext } from '@stevedore/engine'
import { quoteWords } from '../client/shell.ts'
import { proxyFailure } from '../failure/proxy.ts'
import {
  baseFile,
  goesWithoutCertificates,
  hashBase,
  isLoaded,
  loadedFile,
  readAdminAccess,
  renderBaseFiles,
  servesTls,
} from './base-config.ts'
import { checkConfig, type FileAccess, pickChanged, readFolder, replaceFiles } from './files.ts'
import { proxyFolders } from './folders.ts'
import { readListeningPorts } from './listening-ports.ts'
import { lockProxy } from './lock.ts'
import { renderNames } from './names.ts'
import type { ProxyParts } from './parts.ts'
import { hashFrame, parsePlace, renderPlace } from './place-config.ts'
import { reloadProxy } from './reload.ts'

/**
 * Brings the files to this version, these settings and the certificates that are there now: those that all places share, and those of
 * places that an earlier version wrote. What HAProxy refuses, such as a broken certificate, is taken back and told: it must not keep
 * anything from being deployed.
 */
export async function refreshFiles(parts: ProxyParts, context: WorkContext): Promise<void> {
  if ((await compareFiles(parts, context.signal)).same) return
  await lockProxy(parts, context, async (inner) => void (await renewFiles(parts, inner)))
}

/**
 * The same for who holds the lock.
 * @param options `withoutTls`: as if there were no certificates, before the last of them goes
 * @returns why certificates are not served, or what HAProxy has against the files
 */
export async function renewFiles(
  parts: ProxyParts,
  context: WorkContext,
  options: { withoutTls?: boolean } = {},
): Promise<string | undefined> {
  const { present, wanted, plain, same, hindrance } = await compareFiles(parts, context.signal, options)
  if (hindrance) context.log(`the proxy serves no TLS: ${hindrance}`)
  if (same) return hindrance
  const fault = await takeFiles(parts, present, wanted, context)
  if (!fault) return hindrance
  if (plain && !(await takeFiles(parts, wanted, plain, context))) {
    context.log(`the proxy serves no TLS, since HAProxy refuses the certificates: ${fault}`)
    return fault
  }
  await changeFiles(parts, plain ?? wanted, present, context)
  context.log(`the proxy keeps its configuration, since HAProxy refuses the new one: ${fault}`)
  return fault
}

/** @returns what HAProxy has against them; undefined when it took them in */
async function takeFiles(parts: ProxyParts, from: ProxyFiles, to: ProxyFiles, context: WorkContext) {
  await changeFiles(parts, from, to, context)
  const fault = await checkConfig(parts, context.signal)
  if (fault) return fault
  try {
    await reloadProxy(parts, context)
  } catch (error) {
    // A port that is taken, say: with these files it would not start again either.
    await changeFiles(parts, to, from, context).catch(() => undefined)
    throw error
  }
  await markLoaded(parts, to.base[baseFile], context)
  return undefined
}

function markLoaded(access: FileAccess, base: string | undefined, context: WorkContext): Promise<void> {
  return replaceFiles(access, [{ folder: proxyFolders.base, texts: { [loadedFile]: hashBase(base) } }], context)
}

/** Files by folder. */
interface ProxyFiles {
  base: Record<string, string>
  places: Record<string, string>
}

/** The base first: places name sections of it. */
function changeFiles(parts: ProxyParts, from: ProxyFiles, to: ProxyFiles, context: WorkContext): Promise<void> {
  const base = pickChanged(proxyFolders.base, from.base, to.base)
  return replaceFiles(parts, [base, pickChanged(proxyFolders.places, from.places, to.places)], context)
}

async function compareFiles(
  parts: ProxyParts,
  signal: AbortSignal,
  { withoutTls = false }: { withoutTls?: boolean } = {},
) {
  const { settings } = parts
  const base = await readFolder(parts, proxyFolders.base, signal)
  const places = await readFolder(parts, proxyFolders.places, signal)
  const adminKey = readAdminAccess(base[baseFile] ?? '')?.key
  if (!adminKey) throw proxyFailure('its base configuration is not one of Stevedore’s')
  const routes = Object.values(places).flatMap((text) => parsePlace(text)?.route ?? [])
  const machine = await askMachine(parts, signal)
  const wantsTls = machine.certificates !== undefined && !withoutTls
  const hindrance =
    wantsTls && !servesTls(base[baseFile]) ? await findHindrance(parts, settings.ports.https, signal) : undefined
  const certificates = wantsTls && !hindrance ? machine.certificates : undefined
  const facts = { ...machine, certificates, adminKey, names: renderNames(routes) }
  const present: ProxyFiles = { base, places }
  const wanted: ProxyFiles = { base: renderBaseFiles({ ...settings, ...facts }), places: renewPlaces(places) }
  const plain: ProxyFiles | undefined =
    facts.certificates && goesWithoutCertificates(base[baseFile])
      ? { ...wanted, base: renderBaseFiles({ ...settings, ...facts, certificates: undefined }) }
      : undefined
  const same = isLoaded(base) && isSame(base, wanted.base) && isSame(places, wanted.places)
  return { present, wanted, plain, same, hindrance }
}

/** Another program's port would keep the proxy from its next start, and with it all that it serves. */
async function findHindrance({ shell }: ProxyParts, port: number, signal: AbortSignal) {
  const options = { what: 'cat /proc/net/tcp', signal }
  const isTaken = (await readListeningPorts((command) => shell.run(quoteWords(command), options))).has(port)
  return isTaken ? `another program listens on port ${port}` : undefined
}

function isSame(present: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, text]) => present[name] === text)
}

/** What the certificates are, and whether there is IPv6: the proxy is in the host's network. */
async function askMachine(access: FileAccess, signal: AbortSignal) {
  const certificates = hashCertificates(await readFolder(access, proxyFolders.certs, signal))
  const command = 'cat /proc/net/if_inet6'
  const { exitCode, stdout } = await access.shell.run(command, { what: command, signal })
  return { certificates, ipv6: exitCode === 0 && stdout.trim() !== '' }
}

/** @returns undefined where there are none */
export function hashCertificates(files: Record<string, string>): string | undefined {
  if (!Object.keys(files).some((name) => name.endsWith('.pem'))) return undefined
  const sorted = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)
}

/** What is renewed counts as not loaded: the reload that follows may not come to pass. */
function renewPlaces(places: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(places).map(([name, text]) => {
      const file = parsePlace(text)
      const isCurrent = !file || file.frame === hashFrame(file.route)
      return [name, isCurrent ? text : renderPlace({ route: file.route, loaded: false })]
    }),
  )
}
