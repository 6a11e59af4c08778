import { isIP } from 'node:net'
import type { Remote } from './remote.ts'

/** Where the fetched commit is kept in the repository that a checkout is made from. */
export const sourceRef = 'refs/stevedore/source'

/** How far back tags are looked for: `git describe` is exact for a tag within this many generations. */
const historyDepth = 1_000

/** Objects that fsck calls faulty and old, honest repositories hold. */
const harmlessFaults = ['badTimezone', 'missingSpaceBeforeDate', 'zeroPaddedFilemode'] as const

/**
 * Settings of every git process, since no configuration file is read: nothing of a repository runs (hooks, filters, submodules),
 * nothing but the one scheme is spoken, redirects are not followed and objects are checked as they arrive.
 */
export function safetySettings(scheme: Remote['scheme'] | 'none'): string[] {
  return toArguments([
    ['protocol.allow', 'never'],
    ...(scheme === 'none' ? [] : ([[`protocol.${scheme}.allow`, 'always']] as const)),
    ['core.hooksPath', '/dev/null'],
    ['core.attributesFile', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.protectNTFS', 'true'],
    ['core.protectHFS', 'true'],
    ['core.bigFileThreshold', '32m'],
    ['submodule.recurse', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ['transfer.fsckObjects', 'true'],
    ...harmlessFaults.map((fault) => [`fetch.fsck.${fault}`, 'ignore'] as const),
    ['credential.helper', ''],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ])
}

/**
 * How a remote is reached. The host is pinned to the addresses that were judged: a second look-up could answer otherwise (DNS
 * rebinding). A server that sends less than 1000 bytes a second for 30 s is given up.
 */
export function remoteSettings(remote: Remote, caFile: string | undefined): string[] {
  const overHttp = remote.scheme === 'https' || remote.scheme === 'http'
  return toArguments([
    ['remote.origin.url', remote.url],
    ...(overHttp
      ? ([
          ['http.followRedirects', 'false'],
          ['http.proxy', ''],
          ['http.lowSpeedLimit', '1000'],
          ['http.lowSpeedTime', '30'],
        ] as const)
      : []),
    ...(overHttp && !isIP(remote.host) ? [['http.curloptResolve', pin(remote)] as const] : []),
    ...(overHttp && caFile ? [['http.sslCAInfo', caFile] as const] : []),
  ])
}

function pin({ host, port, addresses }: Remote): string {
  return `${host}:${port}:${addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address)).join(',')}`
}

function toArguments(settings: readonly (readonly [string, string])[]): string[] {
  return settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** An empty template: git's own would bring sample hooks. */
export function initArguments(repository: string, commit: string): string[] {
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  return ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--end-of-options', repository]
}

/** Where forges keep the head of a pull or merge request, a fork's included. */
function isRequestRef(name: string): boolean {
  return /^refs\/(pull|merge-requests|pull-requests)\/\d+\/(head|from)$/.test(name)
}

/** The full names that a name may stand for: its own where it is one. */
export function nameCandidates(name: string): string[] {
  const isFull = isRequestRef(name) || /^refs\/(heads|tags)\//.test(name)
  return isFull ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`]
}

/** The branch and tag of a name, the head of a pull request, or every branch and tag. */
export function listArguments(name: string | undefined): string[] {
  if (name !== undefined && isRequestRef(name)) return ['ls-remote', '--end-of-options', 'origin', name]
  const patterns = name === undefined ? [] : nameCandidates(name).flatMap(withCommit)
  return ['ls-remote', '--heads', '--tags', '--end-of-options', 'origin', ...patterns]
}

/** What the repository's HEAD is at. */
export function listHeadArguments(): string[] {
  return ['ls-remote', '--end-of-options', 'origin', 'HEAD']
}

/** A tag with a message is listed with the commit that it stands for. */
function withCommit(name: string): string[] {
  return name.startsWith('refs/tags/') ? [name, `${name}^{}`] : [name]
}

const fetch = ['fetch', '--quiet', '--no-recurse-submodules', '--no-write-fetch-head'] as const

/** Exactly one commit. @param wanted a full ref name or a full commit */
export function fetchSourceArguments(repository: string, wanted: string): string[] {
  return [
    `--git-dir=${repository}`,
    ...fetch,
    '--no-tags',
    '--depth=1',
    '--end-of-options',
    'origin',
    `+${wanted}:${sourceRef}`,
  ]
}

/** All that a ref leads to, for servers that give no commit by its hash. The depth is what git calls infinite: it widens a shallow repository too. */
export function fetchWholeArguments(repository: string, name: string): string[] {
  const source = fetchSourceArguments(repository, name)
  return source.map((argument) => (argument === '--depth=1' ? '--depth=2147483647' : argument))
}

/** The commits behind a ref, without their files where the server can leave them out, and the tags on them. */
export function fetchHistoryArguments(repository: string, wanted: string): string[] {
  const bounds = ['--filter=tree:0', `--depth=${historyDepth}`]
  return [`--git-dir=${repository}`, ...fetch, ...bounds, '--end-of-options', 'origin', `+${wanted}:${sourceRef}`]
}

/**
 * The commits of all branches and tags: what a commit that is asked for by its hash must be among.
 * @param also a ref that counts beside them, by its full name
 */
export function fetchAllHistoryArguments(repository: string, also: string | undefined): string[] {
  const all = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*', ...(also ? [`+${also}:${sourceRef}`] : [])]
  return [`--git-dir=${repository}`, ...fetch, '--filter=tree:0', '--end-of-options', 'origin', ...all]
}

export function containsArguments(repository: string, commit: string): string[] {
  const held = ['refs/heads', 'refs/tags', sourceRef]
  return [`--git-dir=${repository}`, 'for-each-ref', '--count=1', `--contains=${commit}`, ...held]
}

/** The latest commit that two have in common. */
export function commonArguments(repository: string, ...commits: [string, string]): string[] {
  return [`--git-dir=${repository}`, 'merge-base', '--end-of-options', ...commits]
}

export function describeArguments(repository: string, commit: string): string[] {
  return [`--git-dir=${repository}`, 'describe', '--tags', '--always', '--end-of-options', commit]
}

export function readCommitArguments(repository: string, of: string = sourceRef): string[] {
  return [`--git-dir=${repository}`, 'rev-parse', '--verify', `${of}^{commit}`]
}

/** Names a commit that was fetched as the one to check out. */
export function pointSourceArguments(repository: string, commit: string): string[] {
  return [`--git-dir=${repository}`, 'update-ref', '--no-deref', sourceRef, commit]
}

/** Every file with its size, before any is written. */
export function listTreeArguments(repository: string): string[] {
  return [`--git-dir=${repository}`, 'ls-tree', '-r', '-l', '-z', '--full-tree', '--end-of-options', sourceRef]
}

/** The settings of a file of the fetched commit whose names match, as `NAME\nVALUE\0`. */
export function configArguments(repository: string, file: string, names: string): string[] {
  return [`--git-dir=${repository}`, 'config', '--null', `--blob=${sourceRef}:${file}`, '--get-regexp', names]
}

export function checkOutArguments(repository: string, dir: string): string[] {
  return [
    `--git-dir=${repository}`,
    `--work-tree=${dir}`,
    'checkout',
    '--quiet',
    '--force',
    '--detach',
    sourceRef,
    '--',
  ]
}
