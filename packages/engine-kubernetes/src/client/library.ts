import { createRequire } from 'node:module'

type Library = typeof import('@kubernetes/client-node')

const require = createRequire(import.meta.url)

/** The library comes with classes for all kinds, half a second and 60 MB of them: a worker that sees no cluster goes without. */
export function loadLibrary(): Library {
  return require('@kubernetes/client-node')
}
