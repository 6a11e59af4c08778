import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { FailureError, maskAddresses, parseGitUrl } from '@stevedore/contract'
import { notAllowed } from '../address/locate-host.ts'
import { configArguments } from './arguments.ts'
import type { GitSession } from './session.ts'

/** A submodule as the commit that holds it names it. */
export interface Submodule {
  /** Relative to the checkout of the repository that holds it. */
  path: string
  commit: string
  url: string
}

/**
 * The submodules of a fetched commit.
 * @param links paths and commits, of its tree
 * @param parentUrl what an address that begins with `./` or `../` is relative to
 * @throws FailureError `source-denied` for one that `.gitmodules` gives no address
 */
export async function listSubmodules(
  session: GitSession,
  repository: string,
  links: readonly { path: string; commit: string }[],
  parentUrl: string,
): Promise<Submodule[]> {
  const urls = await readAddresses(session, repository)
  return links.map(({ path, commit }) => {
    const url = urls.get(path)
    if (url === undefined)
      throw new FailureError('source-denied', { message: `.gitmodules names no address for ${path}` })
    return { path, commit, url: resolveAddress(parentUrl, url) }
  })
}

/** Addresses by path. */
async function readAddresses(session: GitSession, repository: string): Promise<Map<string, string>> {
  const wanted = String.raw`^submodule\..*\.(path|url)$`
  // It ends so where there is no such file, and where it has no such key.
  const text = await session.runLocal(configArguments(repository, '.gitmodules', wanted)).catch(() => '')
  const modules = new Map<string, { path?: string; url?: string }>()
  for (const entry of text.split('\0')) {
    const [, name, key, value = ''] = /^submodule\.([^\n]*)\.(path|url)\n(.*)$/s.exec(entry) ?? []
    if (name === undefined) continue
    const module = modules.get(name)
    modules.set(name, key === 'path' ? { ...module, path: value } : { ...module, url: value })
  }
  return new Map([...modules.values()].flatMap(({ path, url }) => (path && url ? [[path, url] as const] : [])))
}

/** As git does: `../b.git` beside `https://host/acme/a.git` is `https://host/acme/b.git`. */
export function resolveAddress(parentUrl: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return url
  let [left, rest, joint] = [parentUrl.replace(/\/{0,64}$/, ''), url, '/']
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2)
    else if (rest.startsWith('../')) {
      const cut = Math.max(left.lastIndexOf('/'), left.lastIndexOf(':'))
      joint = left[cut] ?? '/'
      left = left.slice(0, Math.max(0, cut))
      rest = rest.slice(3)
    } else return `${left}${joint}${rest}`
  }
}

/** Whether one address is of the same server as another: what signs in at one may be shown to the other. */
export function isSameServer(one: string, other: string): boolean {
  const [first, second] = [one, other].map((url) => {
    const parsed = parseGitUrl(url)
    return parsed && `${parsed.scheme} ${parsed.host} ${URL.canParse(url) ? new URL(url).port : ''}`
  })
  return first !== undefined && first === second
}

/** A repository of a server may not have a file of this machine fetched. */
export function refuseLocal(parentUrl: string, url: string): void {
  if (url.startsWith('file:') && !parentUrl.startsWith('file:')) throw notAllowed('file addresses are not taken here')
}

/**
 * The folder that git made for a submodule.
 * @throws FailureError `source-denied` where a link stands on the way to it
 */
export async function findSubmoduleFolder(dir: string, path: string): Promise<string> {
  const expected = join(await realpath(dir), path)
  if ((await realpath(expected).catch(() => undefined)) === expected) return expected
  throw new FailureError('source-denied', { message: `The submodule ${path} is not a folder of its own` })
}

export function nameSubmodule(error: unknown, { path, url }: Submodule): unknown {
  if (!(error instanceof FailureError)) return error
  const diagnosis = `submodule ${path} (${maskAddresses(url)}): ${error.diagnosis ?? error.message}`
  return new FailureError(error.code, { message: error.message, diagnosis, cause: error })
}
