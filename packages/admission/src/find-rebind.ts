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
  { spec }: { spec: AppSpec },
  resolved: ResolvedJob,
): Promise<ProblemError | undefined> {
  const faults = await describeForeign(facts, spec, await listUses(facts, spec, resolved))
  return faults.length === 0 ? undefined : new ProblemError('credential-rebind', [...new Set(faults)].join('; '))
}

/** The same of a spec, each at its path. */
export async function judgeCredentials(facts: CredentialFacts, spec: AppSpec): Promise<Fault[]> {
  const parts = [
    ['source', { source: spec.source, image: {} }],
    ['image', { source: {}, image: spec.image }],
  ] as const
  const faults = parts.map(async ([part, named]) => {
    const messages = await describeForeign(facts, spec, listCredentialUses(named))
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
  // A way back is barred by nothing, nor what is done in what runs: where the image is there no sign-in is needed, and the worker sends none that is for another host.
  if (
    'remove' in resolved ||
    'adopt' in resolved ||
    'restart' in resolved ||
    'scale' in resolved ||
    'service' in resolved ||
    resolved.kind === 'rollback' ||
    resolved.kind === 'run'
  )
    return []
  if (resolved.kind === 'build')
    return [...(resolved.upload ? [] : ofSource), ...ofRegistries(resolved.push ? [resolved.registry] : [])]
  if (resolved.kind === 'push') return ofRegistries(await listRegistries(facts, resolved.images))
  return ofRegistries([registryOfImage(resolved.image)])
}

/** Of the images that a push moves. */
export async function listRegistries(
  facts: Pick<Facts, 'listImages'>,
  pushed: readonly { version: string; target: string }[],
): Promise<(string | null)[]> {
  const versions = [...new Set(pushed.map(({ version }) => version))]
  const images = (await Promise.all(versions.map((version) => facts.listImages(version)))).flat()
  const isPushed = (image: { version: string; target: string }) =>
    pushed.some(({ version, target }) => image.version === version && image.target === target)
  return images.filter(isPushed).map(({ registry }) => registry)
}

/**
 * Which of them are bound to other hosts than they would go to. Which those are is not for everybody to see; the command that is told
 * leaves those out, but for what the spec itself has sent.
 */
async function describeForeign(
  facts: CredentialFacts,
  spec: AppSpec,
  uses: readonly CredentialUse[],
): Promise<string[]> {
  const messages = uses.map(async ({ name, host }) => {
    const credential = await facts.findCredential(name)
    if (!credential?.hosts || credential.hosts.includes(host)) return []
    const scope = credential.app === null ? '' : ` --app ${spec.app}`
    const own = listCredentialUses(spec).filter((use) => use.name === name)
    const hosts = [...new Set([...own.map((use) => use.host), host])].sort().map((one) => ` --host ${one}`)
    const command = `\`stevedore secret set ${name}${scope}${hosts.join('')}\``
    const others =
      credential.app === null ? ', with `--host` for each that `stevedore secret list` shows of it too' : ''
    return [`${name} was not stored for ${host}: an administrator who wants it sent there runs ${command}${others}`]
  })
  return (await Promise.all(messages)).flat()
}
