/** Runs a command in the proxy's container. */
type Run = (command: string[]) => Promise<{ stdout: string }>

/** The ports of the machine that anybody listens on: the proxy shares the host's network, so its view of the sockets is the host's. */
export async function readListeningPorts(run: Run): Promise<Set<number>> {
  return findListeningPorts((await run(['cat', '/proc/net/tcp', '/proc/net/tcp6'])).stdout)
}

/** Reads `/proc/net/tcp`: the local address is hexadecimal `ADDRESS:PORT`, and state 0A is LISTEN. */
export function findListeningPorts(table: string): Set<number> {
  const rows = table.matchAll(/^ {0,10}\d{1,10}: [0-9A-F]{1,32}:([0-9A-F]{4}) [0-9A-F]{1,32}:[0-9A-F]{4} 0A /gm)
  return new Set([...rows].map(([, port = '']) => Number.parseInt(port, 16)))
}
