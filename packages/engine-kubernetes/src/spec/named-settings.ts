import { isDeepStrictEqual } from 'node:util'
import { environmentSpec, type KubernetesEnvironment } from '@stevedore/contract'

const defaults = environmentSpec.parse({ engine: 'kubernetes', namespace: 'default' }) as KubernetesEnvironment

/**
 * Whether a spec says something about a setting. A kept spec has its defaults filled in, so a setting written out with its
 * default value reads as unsaid.
 */
export function isNamed(settings: KubernetesEnvironment, key: keyof KubernetesEnvironment): boolean {
  return !isDeepStrictEqual(settings[key], defaults[key])
}
