import { FailureError, normalizeHost } from '@stevedore/contract'
import type { BuildReach } from '@stevedore/engine'
import { locateHost } from '@stevedore/source'

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
 * Whether the engine may ask a registry. The app's own may be anywhere that a push may go to.
 * @param registry with its port, where one is given
 * @throws FailureError `address-not-allowed`, `registry-unreachable`
 */
export async function checkRegistry(registry: string, reach: BuildReach): Promise<void> {
  const host = normalizeHost(registry.replace(/:\d+$/, ''))
  if (reach.registries.includes(registry) || wellKnown.has(registry)) return
  if (!reach.addresses && !reach.allowedHosts.includes(host))
    throw new FailureError('address-not-allowed', {
      diagnosis: `a build of code that is not trusted takes nothing from ${registry}`,
    })
  await locateHost(host, reach.allowedHosts).catch((error: unknown) => {
    if (error instanceof FailureError && error.code === 'source-unreachable')
      throw new FailureError('registry-unreachable', { diagnosis: error.diagnosis ?? '', cause: error })
    throw error
  })
}
