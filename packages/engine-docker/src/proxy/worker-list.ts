/** The processes of HAProxy that hold connections: the newest takes new ones, the old end when theirs do. */
export interface WorkerList {
  newest: number
  /** How long the newest has run. */
  ageSeconds: number
  old: number[]
}

/** Reads `show proc` of the master; undefined while there is no worker to speak of. */
export function parseWorkers(text: string): WorkerList | undefined {
  const [current = '', old = ''] = text.split('# old workers')
  const [newest] = readRows(current)
  return newest && { newest: newest.pid, ageSeconds: newest.ageSeconds, old: readRows(old).map(({ pid }) => pid) }
}

/** `8  worker  0  0d00h00m01s  2.6.12`: process, type, reloads since its start, age, version. */
const row = /^(\d+)\s+worker\s+\d+\s+(\d+)d(\d+)h(\d+)m(\d+)s/gm

function readRows(text: string): { pid: number; ageSeconds: number }[] {
  return [...text.matchAll(row)].map(([, pid, days, hours, minutes, seconds]) => ({
    pid: Number(pid),
    ageSeconds: ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds),
  }))
}
