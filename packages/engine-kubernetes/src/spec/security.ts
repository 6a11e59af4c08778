import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node'
import type { KubernetesEnvironment } from '@stevedore/contract'

type SecuritySettings = Pick<KubernetesEnvironment, 'user' | 'readOnlyRoot'>

/** The Pod Security Standard `restricted`; only `user: 0` (which the contract lets pass with `allowRoot`) leaves it. */
export function buildPodSecurity({ user }: SecuritySettings): V1PodSecurityContext {
  return { runAsNonRoot: user !== 0, runAsUser: user, runAsGroup: user, seccompProfile: { type: 'RuntimeDefault' } }
}

export function buildContainerSecurity({ readOnlyRoot }: SecuritySettings): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: readOnlyRoot,
    capabilities: { drop: ['ALL'] },
  }
}
