/** One server of a backend, as one worker of HAProxy counts it (`show stat BACKEND 4 -1`). */
export interface ServerStat {
  name: string
  /** `UP`, `UP 1/3`, `DOWN`, `MAINT`, `DRAIN`, `no check`, … */
  status: string
  weight: number
  /** `ADDRESS:PORT`. */
  address: string
  /** Requests and tunnels under way. */
  sessions: number
  requests: number
  /** Answers of 500 and above, and requests that got none. */
  errors: number
  /** Mean of the last 1,024 answers. */
  responseMs: number
  /** What the last health check found. */
  check: string
}

/** @param text CSV under a header that begins with `# pxname`; anything else means that there is no such backend */
export function parseServerStats(text: string): ServerStat[] | undefined {
  const lines = text.split('\n').filter((line) => line.includes(','))
  const header = lines.findIndex((line) => line.startsWith('# pxname'))
  if (header < 0) return undefined
  const columns = splitCells(lines[header]!.slice(2))
  return lines.slice(header + 1).map((line) => {
    const cells = splitCells(line)
    return readServer((column) => cells[columns.indexOf(column)] ?? '')
  })
}

/**
 * HAProxy's own words for a backend that is not there, or a process that is named by its id. That it finds none by `@1` is another thing:
 * the next one is on its way.
 */
const absent = /^(No such proxy|Can't find the target PID matching the prefix '@!)/m

/**
 * The same for who must not take silence for none, as there is in the middle of a reload: empty only where HAProxy says that there is no
 * such backend or process, undefined where it says neither.
 */
export function parseToldServers(text: string): ServerStat[] | undefined {
  return parseServerStats(text) ?? (absent.test(text) ? [] : undefined)
}

function readServer(cell: (column: string) => string): ServerStat {
  const count = (column: string) => Number(cell(column) || 0)
  const answers = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'].map(count)
  const lost = count('econ') + count('eresp')
  return {
    name: cell('svname'),
    status: cell('status'),
    weight: count('uweight'),
    address: cell('addr'),
    sessions: count('scur'),
    requests: answers.reduce((sum, part) => sum + part, 0) + lost,
    errors: count('hrsp_5xx') + lost,
    responseMs: count('rtime'),
    check: [cell('check_status'), cell('check_code'), cell('check_desc')].filter(Boolean).join(' '),
  }
}

function splitCells(line: string): string[] {
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell.replace(/^"|"$/g, ''))
}

export function isUp({ status }: ServerStat): boolean {
  return status.startsWith('UP') || status === 'no check' || status === 'DRAIN'
}

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
