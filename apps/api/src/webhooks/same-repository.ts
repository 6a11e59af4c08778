import { parseGitUrl } from '@stevedore/contract'

/** Whether two addresses are those of one repository: same host and path, however they are reached. */
export function isSameRepository(bound: string, told: string): boolean {
  const [a, b] = [normalize(bound), normalize(told)]
  return a !== undefined && a === b
}

/** The addresses of repositories in the one form that is kept: without users, passwords and what else an address may carry. */
export function plainAddresses(told: readonly string[]): string[] {
  return [...new Set(told.flatMap((address) => normalize(address) ?? []))].map((name) => `https://${name}`)
}

/** `host/path` in lower case, without scheme, user, port, `.git` and trailing slash. */
function normalize(address: string): string | undefined {
  const url = parseGitUrl(address)
  if (!url) return undefined
  const scp = /^[^/:@]+@[^/:]+:(.*)$/.exec(address)
  const path = scp ? `/${scp[1]}` : new URL(address).pathname
  return (
    url.host +
    path
      .replace(/\/{2,}/g, '/')
      .replace(/\/{0,64}$/, '')
      .replace(/\.git$/, '')
  ).toLowerCase()
}
