import { FailureError } from '@stevedore/contract'
import {
  type CommandEnd,
  createLineSplitter,
  pollUntil,
  sleep,
  type Terminal,
  type TerminalLine,
  type WorkContext,
} from '@stevedore/engine'
import { terminalWantedMs } from '@stevedore/ledger'
import type { Run } from '../attempt/run.ts'

/** What the client may not have shown yet before the command is held. */
const mostUnseenBytes = 262_144
/** A client that has gone is noticed so late at most, since nobody tells of it. */
const lookMs = 2_000

const gone = (why: string) => new FailureError('client-gone', { diagnosis: why })

/** Waits until somebody sits at the job's terminal. Throws FailureError `client-gone`. */
export async function awaitClient({ ledger, job }: Run, signal: AbortSignal): Promise<void> {
  const ask = async () => {
    const seen = await ledger.takeTerminal({ jobId: job.id, withInput: false })
    return seen?.isWanted || undefined
  }
  const options = { deadlineMs: terminalWantedMs, intervalMs: 250, signal }
  if (!(await pollUntil(ask, options))) throw gone('nobody opened the terminal; nothing was begun')
}

/**
 * Begins a command and carries between it and the client, through the ledger, until it ends. Without a sign of the client for a while it is
 * given up.
 */
export async function followInTerminal(
  run: Run,
  context: WorkContext,
  begin: (terminal: Terminal, context: WorkContext) => Promise<CommandEnd>,
): Promise<CommandEnd> {
  const { ledger, job, worker } = run
  const jobId = job.id
  const over = new AbortController()
  const [typed, seen] = [createWaker(), createWaker()]
  const size = (await ledger.takeTerminal({ jobId, withInput: false }))?.size ?? { columns: 80, rows: 24 }
  const unlisten = await worker.ledger.listen('stevedore_terminal', (id) => {
    if (id !== '' && id !== jobId) return
    typed.tell()
    seen.tell()
  })
  const log = createLineSplitter((line) => context.log(plain(line)))
  const ends = AbortSignal.any([context.signal, over.signal])
  let carrying: Promise<void> | undefined
  const terminal: Terminal = {
    size,
    attach(line) {
      // An empty piece tells that what is typed from here on goes to the command.
      const told = ledger.showTerminal({ jobId, data: Buffer.alloc(0) })
      carrying = told.then(() => carry(line)).catch((error: unknown) => over.abort(error))
    },
    async show(piece) {
      log.take(piece)
      await context.awaitRoom()
      let unseen = await ledger.showTerminal({ jobId, data: piece })
      while (unseen > mostUnseenBytes && !ends.aborted) {
        await seen.wait(lookMs, ends)
        unseen = await ledger.countUnseen(jobId)
      }
    },
  }
  /** What is typed goes on piece by piece: while one is not taken, none is fetched. */
  async function carry(line: TerminalLine): Promise<void> {
    let last = size
    let writing: Promise<void> | undefined
    while (!ends.aborted) {
      const news = await ledger.takeTerminal({ jobId, withInput: writing === undefined })
      if (!news?.isWanted) throw gone(`no sign of the client for ${terminalWantedMs / 1_000} s`)
      if (news.size.columns !== last.columns || news.size.rows !== last.rows) await line.resize(news.size)
      last = news.size
      if (news.input.length > 0)
        writing = line.write(Buffer.concat(news.input)).finally(() => {
          writing = undefined
          typed.tell()
        })
      await typed.wait(lookMs, ends)
    }
  }
  try {
    return await begin(terminal, { ...context, signal: ends })
  } finally {
    over.abort()
    unlisten()
    log.end()
    await carrying
    await ledger.endTerminal(jobId).catch(() => {})
  }
}

/** Calls that come while nobody waits are one. */
function createWaker() {
  let isTold = false
  let wake = () => {}
  return {
    tell() {
      isTold = true
      wake()
    },
    async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
      if (!isTold) {
        const heard = new AbortController()
        wake = () => heard.abort()
        await sleep(timeoutMs, AbortSignal.any([heard.signal, signal])).catch(() => {})
      }
      isTold = false
    },
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what starts what moves a terminal
const controls = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>])|[\x00-\x08\x0b-\x1a\x7f]/g

/** A line as it reads without what moves a terminal. */
function plain(line: string): string {
  return line.replace(controls, '')
}
