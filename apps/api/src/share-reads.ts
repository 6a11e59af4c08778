/** Reads what a key stands for, together with whoever else reads the same. */
export type SharedRead = <T>(key: string, read: () => Promise<T>) => Promise<T>

interface Line {
  running: Promise<unknown>
  next?: Promise<unknown>
}

/**
 * Makes requests that come at the same time read the same thing once for all of them. Who comes while it is being read shares the next
 * reading, so that each was begun after it was asked for. What fails for another is read again for oneself.
 */
export function openSharedReads(): SharedRead {
  const lines = new Map<string, Line>()

  function begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const running = read()
    const line: Line = { running }
    lines.set(key, line)
    const end = () => void (line.next === undefined && lines.delete(key))
    running.then(end, end)
    return running
  }

  return <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const line = lines.get(key)
    if (!line) return begin(key, read)
    if (line.next) return (line.next as Promise<T>).catch(read)
    const next = line.running.catch(() => undefined).then(() => begin(key, read))
    line.next = next
    return next
  }
}
