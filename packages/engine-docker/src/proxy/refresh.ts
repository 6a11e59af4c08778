import { createHash } from 'node:crypto'
import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { readFiles } from '../client/archive.ts'
import { execIn } from '../client/exec.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { baseFile, goesWithoutCertificates, readAdminAccess, renderBaseFiles } from './base-config.ts'
import { checkConfig, replaceFiles } from './files.ts'
import { proxyFolders } from './folders.ts'
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

/** The same for who holds the lock. @returns what HAProxy has against it, where it does */
export async function renewFiles(parts: ProxyParts, context: WorkContext): Promise<string | undefined> {
  const { present, wanted, plain, same } = await compareFiles(parts, context.signal)
  if (same) return undefined
  const fault = await takeFiles(parts, present, wanted, context)
  if (!fault) return undefined
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
  const fault = await checkConfig(parts.container, context.signal)
  if (!fault) await reloadProxy(parts, context)
  return fault
}

/** Files by folder. */
interface ProxyFiles {
  base: Record<string, string>
  places: Record<string, string>
}

/** The base first: places name sections of it. */
async function changeFiles({ container }: ProxyParts, from: ProxyFiles, to: ProxyFiles, context: WorkContext) {
  await replaceFiles(container, { folder: proxyFolders.base, from: from.base, to: to.base }, context)
  await replaceFiles(container, { folder: proxyFolders.places, from: from.places, to: to.places }, context)
}

async function compareFiles({ container, settings }: ProxyParts, signal: AbortSignal) {
  const [base, places] = [
    await readFiles(container, proxyFolders.base),
    await readFiles(container, proxyFolders.places),
  ]
  const adminKey = readAdminAccess(base[baseFile] ?? '')?.key
  if (!adminKey) throw proxyFailure('its base configuration is not one of Stevedore’s')
  const routes = Object.values(places).flatMap((text) => parsePlace(text)?.route ?? [])
  const facts = { ...(await askMachine(container, signal)), adminKey, names: renderNames(routes) }
  const present: ProxyFiles = { base, places }
  const wanted: ProxyFiles = { base: renderBaseFiles({ ...settings, ...facts }), places: renewPlaces(places) }
  const plain: ProxyFiles | undefined =
    facts.certificates && goesWithoutCertificates(base[baseFile])
      ? { ...wanted, base: renderBaseFiles({ ...settings, ...facts, certificates: undefined }) }
      : undefined
  return { present, wanted, plain, same: isSame(present.base, wanted.base) && isSame(present.places, wanted.places) }
}

function isSame(present: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, text]) => present[name] === text)
}

/** What the certificates are, and whether there is IPv6: the proxy is in the host's network. */
async function askMachine(container: Docker.Container, signal: AbortSignal) {
  const certificates = hashCertificates(await readFiles(container, proxyFolders.certs))
  const { exitCode, stdout } = await execIn(container, ['cat', '/proc/net/if_inet6'], { signal })
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
