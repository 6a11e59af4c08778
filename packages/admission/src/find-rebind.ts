import {
  type AppSpec,
  type CredentialUse,
  type Fault,
  listCredentialUses,
  ProblemError,
  type ResolvedJob,
  registryOfImage,
  registryToHost,
} from '@stevedore/contract'
import type { Facts } from './facts.ts'

type CredentialFacts = Pick<Facts, 'findCredential'>

/** The refusal of a job that would send a stored credential to a host that it is not bound to. */
export async function findRebind(
  facts: CredentialFacts & Pick<Facts, 'listImages'>,
  { app, spec }: { app: string; spec: AppSpec },
  resolved: ResolvedJob,
): Promise<ProblemError | undefined> {
  const faults = await describeForeign(facts, app, await listUses(facts, spec, resolved))
  return faults.length === 0 ? undefined : new ProblemError('credential-rebind', [...new Set(faults)].join('; '))
}

/** The same of a spec, each at its path. */
export async function judgeCredentials(facts: CredentialFacts, spec: AppSpec): Promise<Fault[]> {
  const parts = [
    ['source', { source: spec.source, image: {} }],
    ['image', { source: {}, image: spec.image }],
  ] as const
  const faults = parts.map(async ([part, named]) => {
    const messages = await describeForeign(facts, spec.app, listCredentialUses(named))
    return messages.map((message) => ({ path: [part, 'credential'], code: 'credential-rebind', message }))
  })
  return (await Promise.all(faults)).flat()
}

/** Where the app's credentials go in the course of a job. */
async function listUses(
  facts: Pick<Facts, 'listImages'>,
  spec: AppSpec,
  resolved: ResolvedJob,
): Promise<CredentialUse[]> {
  const ofSource = listCredentialUses({ source: spec.source, image: {} })
  const ofRegistries = (registries: readonly (string | null | undefined)[]): CredentialUse[] => {
    const { credential: name } = spec.image
    return name ? registries.flatMap((one) => (one ? [{ name, host: registryToHost(one) }] : [])) : []
  }
  if ('remove' in resolved) return []
  if (resolved.kind === 'build')
    return [...(resolved.upload ? [] : ofSource), ...ofRegistries(resolved.push ? [resolved.registry] : [])]
  if (resolved.kind === 'push') return ofRegistries(await listRegistries(facts, resolved.images))
  return ofRegistries([registryOfImage(resolved.image)])
}

async function listRegistries(
  facts: Pick<Facts, 'listImages'>,
  pushed: readonly { version: string; target: string }[],
): Promise<(string | null)[]> {
  const versions = [...new Set(pushed.map(({ version }) => version))]
  const images = (await Promise.all(versions.map((version) => facts.listImages(version)))).flat()
  const isPushed = (image: { version: string; target: string }) =>
    pushed.some(({ version, target }) => image.version === version && image.target === target)
  return images.filter(isPushed).map(({ registry }) => registry)
}

/** Which of them are bound to other hosts than they would go to. Which those are is not for everybody to see. */
async function describeForeign(facts: CredentialFacts, app: string, uses: readonly CredentialUse[]): Promise<string[]> {
  const messages = uses.map(async ({ name, host }) => {
    const credential = await facts.findCredential(name)
    if (!credential?.hosts || credential.hosts.includes(host)) return []
    const scope = credential.app === null ? '' : ` --app ${app}`
    const command = `\`stevedore secret set ${name}${scope} --host ${host}\``
    return [`${name} was not stored for ${host}: an administrator who wants it sent there runs ${command}`]
  })
  return (await Promise.all(messages)).flat()
}
