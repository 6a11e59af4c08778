import type { Certificate, CertificateRefusal, WorkContext } from '@stevedore/engine'
import { writeFiles } from '../client/archive.ts'
import { quote, quoteWords } from '../client/shell.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { baseFile, isLoaded, markCertificates, servesTls } from './base-config.ts'
import { type CertificateFile, listGone, toFiles } from './certificate-files.ts'
import { checkConfig, readFolder, runIn } from './files.ts'
import { proxyFolders } from './folders.ts'
import { lockProxy } from './lock.ts'
import type { ProxyParts } from './parts.ts'
import { hashCertificates, renewFiles } from './refresh.ts'
import { inspectProxy } from './start.ts'

/** Where HAProxy judges them, before they can meet a restart. */
const candidates = `${proxyFolders.incoming}/certificates`
const trial = 'trial.cfg'

/** Brings the proxy to exactly these certificates, beside what people copied there. @returns those that HAProxy refuses */
export async function takeCertificates(
  parts: ProxyParts,
  read: () => Promise<Certificate[]>,
  context: WorkContext,
): Promise<CertificateRefusal[]> {
  const info = await inspectProxy(parts.docker, parts.settings)
  if (!info) return []
  if (!info.State.Running) throw proxyFailure('it does not run')
  if ((await compareCertificates(parts, read, context.signal)).same) return []
  return lockProxy(parts, context, async (inner) => {
    const compared = await compareCertificates(parts, read, inner.signal)
    return compared.same ? [] : replaceCertificates(parts, compared, inner)
  })
}

interface Comparison {
  present: string[]
  wanted: CertificateFile[]
  /** Of those that are wanted, what is not there. */
  fresh: CertificateFile[]
  /** Names of which nothing is to be changed. */
  unopened: string[]
  same: boolean
}

async function compareCertificates(
  parts: ProxyParts,
  read: () => Promise<Certificate[]>,
  signal: AbortSignal,
): Promise<Comparison> {
  const files = await readFolder(parts, proxyFolders.certs, signal)
  const certificates = await read()
  const wanted = toFiles(certificates)
  const unopened = certificates.filter(({ key }) => key === undefined).map(({ name }) => name)
  const [present, fresh] = [Object.keys(files), wanted.filter(({ file, text }) => files[file] !== text)]
  const isThere = fresh.length === 0 && listGone(present, wanted, unopened).length === 0
  const same = isThere && isTakenIn(files, await readFolder(parts, proxyFolders.base, signal))
  return { present, wanted, fresh, unopened, same: same || (wanted.length === 0 && isThere && isLeft(present)) }
}

/** They may be there and not yet served, where a worker was killed in between. */
function isTakenIn(certificates: Record<string, string>, base: Record<string, string>): boolean {
  const hash = hashCertificates(certificates)
  const text = base[baseFile]
  return hash === undefined ? !servesTls(text) : isLoaded(base) && (text?.includes(markCertificates(hash)) ?? false)
}

/** What people copied there waits for a deploy. */
function isLeft(present: string[]): boolean {
  return present.some((file) => file.endsWith('.pem'))
}

async function replaceCertificates(
  parts: ProxyParts,
  { present, wanted, fresh, unopened }: Comparison,
  context: WorkContext,
): Promise<CertificateRefusal[]> {
  const { shell } = parts
  await clearCandidates(shell)
  const refused = await bringIn(parts, fresh, context)
  const untouched = [...unopened, ...refused.map(({ name }) => name)]
  const gone = listGone(present, wanted, untouched)
  // With a base that asks for certificates and none there HAProxy does not start.
  const there = Object.keys(await readFolder(parts, proxyFolders.certs, context.signal))
  if (!isLeft(there.filter((file) => !gone.includes(file)))) await renewFiles(parts, context, { withoutTls: true })
  await context.fence()
  const paths = gone.map((file) => `${proxyFolders.certs}/${file}`)
  if (paths.length > 0) await runIn(shell, quoteWords(['rm', '-f', ...paths]), { what: 'rm', signal: context.signal })
  const reason = await renewFiles(parts, context)
  if (reason === undefined) return refused
  // Not by a fault of theirs: a file that was copied there, say.
  const others = fresh.filter(({ certificate }) => !untouched.includes(certificate.name))
  return [...refused, ...others.map(({ certificate }) => refuse(certificate, reason))]
}

/** Puts into the folder what HAProxy takes, each file at once. @returns the others */
async function bringIn(parts: ProxyParts, fresh: CertificateFile[], context: WorkContext) {
  if (fresh.length === 0) return []
  const { container, shell } = parts
  const texts = fresh.map(({ file, text }) => [`certificates/${file}`, text])
  await context.fence()
  await writeFiles(container, proxyFolders.incoming, { 'certificates/': '', ...Object.fromEntries(texts) })
  try {
    const refused = await findRefused(parts, fresh, context)
    const names = new Set(refused.map(({ name }) => name))
    const taken = fresh.filter(({ certificate }) => !names.has(certificate.name))
    const script = taken.map(({ file }) => moveIn(file)).join(' && ')
    await context.fence()
    if (script) await runIn(shell, script, { what: 'mv', signal: context.signal })
    return refused
  } finally {
    await clearCandidates(shell)
  }
}

/** May be said twice: what is there no more was moved the first time. */
function moveIn(file: string): string {
  const [from, to] = [`${candidates}/${file}`, `${proxyFolders.certs}/${file}`].map(quote)
  return `if [ -e ${from} ]; then mv ${from} ${to}; else [ -e ${to} ]; fi`
}

const clearMs = 10_000

/** No key is left lying there, also when the work was aborted. */
async function clearCandidates(shell: ProxyParts['shell']): Promise<void> {
  await runIn(shell, quoteWords(['rm', '-rf', candidates]), { what: 'rm', signal: AbortSignal.timeout(clearMs) })
}

/** HAProxy names the file of each that it does not take, but not without an end: the rest is asked of again, until it says nothing more. */
async function findRefused(
  parts: ProxyParts,
  files: CertificateFile[],
  context: WorkContext,
): Promise<CertificateRefusal[]> {
  const said = files.length > 0 ? await judge(parts, files, context) : undefined
  if (said === undefined) return []
  const lines = said.split('\n')
  const refused = files.flatMap(({ file, certificate }) => {
    const reason = lines.find((line) => line.includes(file))
    return reason === undefined ? [] : [refuse(certificate, reason)]
  })
  // It refuses them for something that none of them can be blamed for alone.
  if (refused.length === 0) return files.map(({ certificate }) => refuse(certificate, said))
  const names = new Set(refused.map(({ name }) => name))
  const rest = files.filter(({ certificate }) => !names.has(certificate.name))
  return [...refused, ...(await findRefused(parts, rest, context))]
}

/** Each on a line of its own, so that all of them are read. */
async function judge(parts: ProxyParts, files: CertificateFile[], context: WorkContext) {
  const lines = files.map(({ file }) => `  bind 127.0.0.1:1 ssl crt ${candidates}/${file}\n`)
  await context.fence()
  const text = `frontend trial\n  mode http\n  timeout client 1s\n${lines.join('')}`
  await writeFiles(parts.container, candidates, { [trial]: text })
  return checkConfig(parts, context.signal, [`${candidates}/${trial}`])
}

function refuse({ name, fingerprint }: Certificate, reason: string): CertificateRefusal {
  return { name, fingerprint, reason }
}
