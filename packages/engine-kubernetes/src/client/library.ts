import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The library comes with classes for all kinds, half a second and 60 MB of them: a worker that sees no cluster goes without. */
export function loadLibrary(): typeof import('@kubernetes/client-node') {
  return require('@kubernetes/client-node')
}
