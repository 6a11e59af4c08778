import { CliError, exitStatus } from '../../exit.ts'
import { type Fields, fieldOf, fieldsOf, listOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'

/** What of two services may be put together. */
export interface Merges {
  entries: number
}

export function createMerges(): Merges {
  return { entries: 200_000 }
}

/** Those of which the one that is merged in says all. */
const replaced = new Set(['command', 'entrypoint', 'healthcheck.test'])

/** Those that may be a list of texts or a mapping. */
const mappings: Record<string, '=' | ':' | 'name'> = {
  environment: '=',
  labels: '=',
  annotations: '=',
  sysctls: '=',
  extra_hosts: ':',
  'build.args': '=',
  'build.labels': '=',
  'deploy.labels': '=',
  depends_on: 'name',
  networks: 'name',
}

/** Those that may be a list or one text. */
const lists = new Set(['env_file', 'tmpfs', 'dns', 'dns_search'])

/** What makes an entry of a list the same as one before it, which it replaces; elsewhere that is the whole entry. */
const keys: Record<string, (entry: unknown) => string | undefined> = {
  ports: keyPort,
  volumes: keyVolume,
  configs: keyFile,
  secrets: keyFile,
}

/**
 * A service with what another one says of it, as the Compose specification merges them.
 * @throws CliError where all that is merged is too much
 */
export function mergeService(base: Fields, over: Fields, merges: Merges): Fields {
  spend([], merges)
  return mergeFields(base, over, '', merges)
}

function mergeFields(base: Fields, over: Fields, path: string, merges: Merges): Fields {
  const merged = new Map(spend(Object.entries(base), merges))
  for (const [key, value] of spend(Object.entries(over), merges)) {
    const known = merged.get(key)
    const at = path === '' ? key : `${path}.${key}`
    merged.set(key, known === undefined || known === null ? value : mergeValue(known, value, at, merges))
  }
  return Object.fromEntries(merged)
}

function mergeValue(base: unknown, over: unknown, path: string, merges: Merges): unknown {
  if (replaced.has(path) || path.startsWith('x-')) return over
  if (over === null) return typeof base === 'object' ? base : over
  if (path === 'build') return mergeFields(toBuild(base), toBuild(over), path, merges)
  if (path === 'logging' && isOtherDriver(base, over)) return over
  const sign = Object.hasOwn(mappings, path) ? mappings[path] : undefined
  if (sign) return mergeFields(toMapping(base, sign, merges), toMapping(over, sign, merges), path, merges)
  if (lists.has(path) || (Array.isArray(base) && Array.isArray(over)))
    return mergeLists(toList(base), toList(over), path, merges)
  if (isMapping(base) && isMapping(over)) return mergeFields(base, over, path, merges)
  return over
}

function mergeLists(base: unknown[], over: unknown[], path: string, merges: Merges): unknown[] {
  const keyOf = (Object.hasOwn(keys, path) ? keys[path] : undefined) ?? keyWhole
  const merged = new Map<string, unknown>()
  for (const entry of spend([...base, ...over], merges)) merged.set(keyOf(entry) ?? keyWhole(entry), entry)
  return [...merged.values()]
}

function spend<T>(entries: T[], merges: Merges): T[] {
  merges.entries -= entries.length
  if (merges.entries < 0)
    throw new CliError(exitStatus.usage, 'the compose file: what its services take from others is too much')
  return entries
}

function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function toBuild(value: unknown): Fields {
  return typeof value === 'string' ? { context: value } : fieldsOf(value)
}

function isOtherDriver(base: unknown, over: unknown): boolean {
  const [one, other] = [base, over].map((value) => fieldOf(fieldsOf(value), 'driver'))
  return one !== undefined && other !== undefined && one !== other
}

function toMapping(value: unknown, sign: '=' | ':' | 'name', merges: Merges): Fields {
  if (!Array.isArray(value)) return fieldsOf(value)
  return Object.fromEntries(
    spend(listOf(value), merges).flatMap((entry) => {
      if (typeof entry !== 'string') return []
      const end = sign === 'name' ? -1 : findSign(entry, sign)
      return [end < 0 ? [entry, null] : [entry.slice(0, end), entry.slice(end + 1)]]
    }),
  )
}

/** `host=address` is allowed as well. */
function findSign(entry: string, sign: string): number {
  const end = entry.indexOf('=')
  return sign === ':' && end < 0 ? entry.indexOf(':') : end
}

function keyWhole(entry: unknown): string {
  return typeof entry === 'string' ? expandVariables(entry).text : JSON.stringify(entry)
}

/** `80`, `8080:80` and so on: the same way in is the same address, port and protocol. */
function keyPort(entry: unknown): string | undefined {
  if (typeof entry === 'string') return keyWhole(entry).replace(/\/tcp$/, '')
  const [address, published, target, protocol] = ['host_ip', 'published', 'target', 'protocol'].map((key) => {
    const value = fieldOf(fieldsOf(entry), key)
    return typeof value === 'string' ? expandVariables(value).text : undefined
  })
  if (target === undefined) return undefined
  const ending = protocol === undefined || protocol === 'tcp' ? '' : `/${protocol}`
  return `${[address, published, target].filter((part) => part).join(':')}${ending}`
}

function keyVolume(entry: unknown): string | undefined {
  const target = fieldOf(fieldsOf(entry), 'target')
  if (typeof target === 'string') return expandVariables(target).text
  if (typeof entry !== 'string') return undefined
  const [source, path] = expandVariables(entry).text.split(':')
  return path ?? source
}

function keyFile(entry: unknown): string | undefined {
  if (typeof entry === 'string') return expandVariables(entry).text
  const [target, source] = ['target', 'source'].map((key) => fieldOf(fieldsOf(entry), key))
  const key = target ?? source
  return typeof key === 'string' ? expandVariables(key).text : undefined
}
