/** Names of Docker's own registry. */
const dockerHosts = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'])

/**
 * The repository of an image, in the one way of writing it that all others of the same lead to: `docker.io/library/node` of `node:22`. A
 * digest, a tag, the usual port and the other names of Docker's registry are left out.
 */
export function nameRepository(image: string): string {
  const [named = ''] = image.split('@')
  const slash = named.indexOf('/')
  const first = slash === -1 ? '' : named.slice(0, slash)
  // As Docker reads it: `acme/shop` is of its own registry, `localhost/shop` is not.
  const isHost = /[.:A-Z]/.test(first) || first === 'localhost'
  const registry = isHost ? first.toLowerCase().replace(/:443$/, '') : 'docker.io'
  const path = (isHost ? named.slice(slash + 1) : named).replace(/:[^/:]*$/, '')
  if (!dockerHosts.has(registry)) return `${registry}/${path}`
  return path.includes('/') ? `docker.io/${path}` : `docker.io/library/${path}`
}

/** Docker's own images are nobody's who has a token here. */
export function isCommonRepository(repository: string): boolean {
  return repository.startsWith('docker.io/library/')
}
