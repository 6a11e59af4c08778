import { FailureError, locateRegistry, normalizeHost } from '@stevedore/contract'
import type { BuildReach } from '@stevedore/engine'
import { type ListAllowedHosts, locateHost } from '@stevedore/source'

/**
 * Registries that hold what many people put there and lead to nobody but themselves. Code that is not trusted begins from nothing of
 * others: the answers of a registry of its author's could lead the engine on to any address, which nobody would judge.
 */
const wellKnown = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'public.ecr.aws',
  'quay.io',
  'registry.gitlab.com',
  'registry.k8s.io',
])

/**
 * Whether the engine may ask a registry. The app's own may be where a push may go to.
 * @param registry with its port, where one is given
 * @param listAllowedHosts where registries may be on private networks
 * @throws FailureError `address-not-allowed`, `registry-unreachable`
 */
export async function checkRegistry(
  registry: string,
  reach: BuildReach,
  listAllowedHosts: ListAllowedHosts,
): Promise<void> {
  if (wellKnown.has(registry)) return
  const host = normalizeHost(registry.replace(/:\d+$/, ''))
  const isOwn = reach.registries.includes(registry)
  const { places } = locateRegistry(registry)
  const isAllowed = isOwn && (await listAllowedHosts()).some((one) => one === host || places.includes(one))
  if (!isOwn && !reach.addresses && !reach.allowedHosts.includes(host))
    throw new FailureError('address-not-allowed', {
      diagnosis: `a build of code that is not trusted takes nothing from ${registry}`,
    })
  await locateHost(host, isAllowed ? [host] : reach.allowedHosts).catch((error: unknown) => {
    if (error instanceof FailureError && error.code === 'source-unreachable')
      throw new FailureError('registry-unreachable', { diagnosis: error.diagnosis ?? '', cause: error })
    throw error
  })
}
