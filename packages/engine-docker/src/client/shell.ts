import type Docker from 'dockerode'
import { type ExecResult, endInTime } from './exec.ts'
import { openSession, type Session } from './shell-session.ts'

/**
 * Runs small scripts inside a running container, through shells that are kept open: a process of its own for each would cost a tenth of a
 * second and more. What is run may be run twice, where the container went away in the middle.
 */
export interface Shell {
  /** @throws FailureError `engine-slow` in time, `proxy-failed` where there is no `sh`, … */
  run(script: string, options?: ShellOptions): Promise<ExecResult>
}

export interface ShellOptions {
  signal?: AbortSignal | undefined
  /** Ends the wait and the shell; the command that runs in it ends by itself. */
  timeoutMs?: number
}

const defaultTimeoutMs = 15_000
/** How long one that nobody uses is kept, and how many: an idle worker holds none. */
const idleMs = 10_000
const maxIdle = 4

export function openShell(container: Docker.Container): Shell {
  const idle: Session[] = []
  const keep = (session: Session) => {
    if (idle.length >= maxIdle) return session.end()
    idle.push(session)
    session.rest(idleMs, () => idle.splice(idle.indexOf(session), 1))
  }
  const ask = async (session: Session, script: string, signal: AbortSignal) => {
    const result = await session.say(script, signal)
    if (result) keep(session)
    return result
  }
  return {
    run(script, { signal, timeoutMs = defaultTimeoutMs } = {}) {
      const what = `a command in the container ${container.id}`
      return endInTime(what, { signal, timeoutMs }, async (ends) => {
        const kept = idle.pop()
        kept?.wake()
        const said = kept && (await ask(kept, script, ends))
        if (said) return said
        const fresh = await openSession(container, ends)
        return (await ask(fresh, script, ends)) ?? fresh.explain()
      })
    },
  }
}

/** One line for a shell, whatever is in the words. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quote).join(' ')
}

export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
