/** `user@host` and the path there, of `ssh://user@host:port/path` or `user@host:path`, as git reads them. */
export function readSshAddress(url: string): { destination: string; path: string } | undefined {
  if (!url.startsWith('ssh://')) {
    const [, destination = '', path = ''] = /^([^:]+):(.*)$/s.exec(url) ?? []
    return { destination, path }
  }
  const { username, hostname, pathname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const path = decodePath(pathname)
  if (path === undefined) return undefined
  // A home folder is named without what stands before it.
  return { destination: username ? `${username}@${host}` : host, path: path.startsWith('/~') ? path.slice(1) : path }
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
