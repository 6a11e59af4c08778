/** The processes of HAProxy that hold connections: the newest takes new ones, the old end when theirs do. */
export interface WorkerList {
  newest: number
  old: number[]
}

/** Reads `show proc` of the master; undefined while there is no worker to speak of. */
export function parseWorkers(text: string): WorkerList | undefined {
  const [current = '', old = ''] = text.split('# old workers')
  const [newest] = readPids(current)
  return newest === undefined ? undefined : { newest, old: readPids(old.split('# programs')[0] ?? '') }
}

function readPids(text: string): number[] {
  return [...text.matchAll(/^(\d+)\s+worker\s/gm)].map(([, pid]) => Number(pid))
}
