import { environmentSpec } from '@stevedore/contract'
import { asKubernetes, type KubernetesRelease } from './place.ts'

/** A release for unit tests. */
export function exampleRelease(settings: object = {}, release: Partial<KubernetesRelease> = {}): KubernetesRelease {
  return asKubernetes({
    app: 'shop',
    environment: 'production',
    settings: environmentSpec.parse({ engine: 'kubernetes', namespace: 'shops', ...settings }),
    revision: 3,
    version: '1.2.0',
    image: 'ghcr.io/acme/shop@sha256:abc',
    secrets: {},
    credential: undefined,
    changeCause: 'deploy 1.2.0',
    ...release,
  })
}
