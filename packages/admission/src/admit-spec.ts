import { posix } from 'node:path'
import {
  type AppSpec,
  type Fault,
  isHostAllowed,
  isOwnRef,
  listClaims,
  listContacts,
  parseGitUrl,
  refuseFaults,
} from '@stevedore/contract'
import { type Ledger, listVouchedHosts } from '@stevedore/ledger'
import { readFacts } from './facts.ts'
import { isOpen } from './find-closed.ts'
import { judgeCredentials } from './find-rebind.ts'
import { findSecretLike, findStoredSecrets } from './stored-secrets.ts'

/** Which addresses this server may fetch sources from. */
export interface SourceRules {
  /** Host names and addresses that the operator vouches for. */
  allowedHosts: readonly string[]
  allowFileSources: boolean
  /** Whether who declares may name registries and metrics on private networks that nobody has named yet. */
  vouch?: boolean
}

/**
 * Judges what only this server can judge of a spec: addresses, namespaces of the cluster itself, and what it keeps secret. Throws
 * ProblemError with every fault.
 */
export async function admitSpec(ledger: Ledger, rules: SourceRules, spec: AppSpec): Promise<void> {
  const faults = [
    ...judgeSource(spec, rules),
    ...judgeContacts(spec, rules, rules.vouch ? [] : await listVouchedHosts(ledger)),
    ...judgeEnvironments(spec),
    ...findDoubles(spec),
    ...findSecretLike(spec),
    ...(await findStoredSecrets(ledger, spec)),
    ...(await judgeCredentials(readFacts(ledger, spec.app), spec)),
  ]
  if (faults.length > 0) throw refuseFaults(faults)
}

function judgeSource({ source }: AppSpec, rules: SourceRules): Fault[] {
  return [...judgeRef(source.ref), ...judgeAddress(source.git, rules)]
}

/** It is built with the app's trust and secrets: what strangers may move is not for it. */
function judgeRef(ref: string): Fault[] {
  const message = 'a branch, a tag or a full commit: pull requests are built by webhooks, which know whose they are'
  return isOwnRef(ref) ? [] : [{ path: ['source', 'ref'], code: 'invalid-ref', message }]
}

function judgeAddress(git: string | undefined, rules: SourceRules): Fault[] {
  const url = git === undefined ? undefined : parseGitUrl(git)
  if (!url) return []
  const path = ['source', 'git']
  if (url.scheme === 'file')
    return rules.allowFileSources
      ? []
      : [{ path, code: 'invalid-repo-url', message: 'this server takes no file addresses' }]
  if (!isHostAllowed(url.host, rules.allowedHosts)) return [notAllowed(path)]
  if (url.scheme === 'http' && !rules.allowedHosts.includes(url.host))
    return [{ path, code: 'invalid-repo-url', message: 'plain http is taken of hosts that the operator lists only' }]
  return []
}

/** Namespaces of the cluster's own parts. */
const clusterNamespace = /^(kube-.*|default-system|openshift-.*)$/

function judgeEnvironments(spec: AppSpec): Fault[] {
  return Object.entries(spec.environments).flatMap(([name, settings]) => {
    const path = ['environments', name]
    const faults: Fault[] = []
    if (settings.engine === 'kubernetes' && clusterNamespace.test(settings.namespace))
      faults.push({
        path: [...path, 'namespace'],
        code: 'policy-violation',
        message: 'belongs to the cluster itself',
      })
    for (const [index, written] of settings.writablePaths.entries())
      if (!mayBeWritable(written))
        faults.push({
          path: [...path, 'writablePaths', index],
          code: 'policy-violation',
          message: 'a folder of the app’s own, without . and .., and nothing of the kernel’s: /var/cache/app',
        })
    const analysis = settings.strategy.type === 'canary' ? settings.strategy.analysis : undefined
    if (analysis && 'prometheus' in analysis && !isPlainOrigin(analysis.prometheus))
      faults.push({
        path: [...path, 'strategy', 'analysis', 'prometheus'],
        code: 'policy-violation',
        message: 'takes a host and a port alone, without a path or a sign-in: http://prometheus:9090',
      })
    return faults
  })
}

/** An empty folder takes the place of what is there: of the root, nothing would be left to run; the kernel's are its own. */
function mayBeWritable(path: string): boolean {
  const plain = path.replace(/\/$/, '')
  const isPlain = plain.length > 1 && posix.normalize(plain) === plain
  const isKernels = /^\/(proc|sys|dev)(\/|$)/.test(plain) && !/^\/dev\/shm(\/|$)/.test(plain)
  return isPlain && !isKernels
}

/** Two environments of one app on the same engine cannot both have a port or host name. */
function findDoubles({ environments }: AppSpec): Fault[] {
  const owners = new Map<string, string>()
  return Object.entries(environments).flatMap(([environment, settings]) => {
    const doubles = listClaims(settings).filter(({ key }) => owners.has(key))
    const faults = doubles.map(({ key, name }) => {
      return {
        path: ['environments', environment],
        code: 'duplicate',
        message: `${name} is ${owners.get(key)}'s as well`,
      }
    })
    for (const { key } of listClaims(settings)) if (!owners.has(key)) owners.set(key, environment)
    return faults
  })
}

/** What is asked for there is not for the spec to choose. */
function isPlainOrigin(address: string): boolean {
  const { username, password, pathname, search, hash } = new URL(address)
  return [username, password, search, hash].every((part) => part === '') && pathname === '/'
}

/** Registries and metrics are on private networks as often as not: on those that the server was set up with. */
function judgeContacts(spec: AppSpec, { allowedHosts, vouch }: SourceRules, vouched: readonly string[]): Fault[] {
  return listContacts(spec)
    .filter((contact) => !isOpen(contact, { allowedHosts, vouched: vouch ? contact.places : vouched }))
    .map(({ path }) => notAllowed(path))
}

function notAllowed(path: Fault['path']): Fault {
  return { path, code: 'address-not-allowed', message: 'leads to a network that may not be contacted' }
}
