/** What an image says of how it runs, in the words of its configuration. */
export interface ImageSettings {
  User?: string | undefined
  Healthcheck?: { Test?: string[] | null; Timeout?: number } | null | undefined
  Shell?: string[] | null | undefined
  ExposedPorts?: Record<string, unknown> | null | undefined
}

/** Ids as numbers, names as they are written. */
export interface WrittenAccount {
  user: number | string
  group: number | string | undefined
}

/** Reads `USER`: `node`, `1001`, `1001:0`, `app:staff`. An image that says nothing runs as root. */
export function readAccount(text = ''): WrittenAccount {
  const [user = '', group = ''] = text.trim().split(':')
  return { user: user === '' || user === 'root' ? 0 : readId(user), group: group === '' ? undefined : readId(group) }
}

const largestId = 2_147_483_647

function readId(text: string): number | string {
  return /^\d{1,10}$/.test(text) && Number(text) <= largestId ? Number(text) : text
}

/**
 * The number of a name in the text of an /etc/passwd or /etc/group, as a container's runtime finds it: the first line of the name
 * counts, and what is no number there is 0.
 */
export function findId(text: string, name: string): number | undefined {
  const fields = text
    .split('\n')
    .find((line) => line.split(':', 1)[0]?.trim() === name)
    ?.split(':')
  if (!fields) return undefined
  const id = readId(fields[2]?.trim() ?? '')
  return typeof id === 'number' ? id : 0
}

/** A HEALTHCHECK as a command; undefined where there is none, or where it is `NONE`. */
export function readHealthcheck({ Healthcheck, Shell }: ImageSettings) {
  const [kind, ...rest] = Healthcheck?.Test ?? []
  const command = kind === 'CMD-SHELL' ? [...(Shell ?? ['/bin/sh', '-c']), ...rest] : rest
  if ((kind !== 'CMD' && kind !== 'CMD-SHELL') || rest.length === 0) return undefined
  const timeoutMs = Math.round((Healthcheck?.Timeout ?? 0) / 1e6)
  return { command, timeoutMs: timeoutMs > 0 ? timeoutMs : undefined }
}

/** Reads `EXPOSE` as builders write it down: `8080/tcp`, `53/udp`; old ones left the protocol out. */
export function readPorts({ ExposedPorts }: ImageSettings): number[] {
  return Object.keys(ExposedPorts ?? {}).flatMap((key) => {
    const [, port] = /^(\d{1,5})(?:\/tcp)?$/.exec(key) ?? []
    return port === undefined ? [] : [Number(port)]
  })
}
