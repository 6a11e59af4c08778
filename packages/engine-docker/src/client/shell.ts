import type Docker from 'dockerode'
import { type ExecResult, endInTime } from './exec.ts'
import { openSession, type Saying, type Session } from './shell-session.ts'

/**
 * Runs small scripts inside a running container, through shells that are kept open: a process of its own for each would cost a tenth of a
 * second and more. What is run may be run twice, where the container went away in the middle.
 */
export interface Shell {
  /** @throws FailureError `engine-slow` in time, `proxy-failed` where there is no `sh`, … */
  run(script: string, options: ShellOptions): Promise<ExecResult>
}

export interface ShellOptions {
  /** The command in short, for who is told that it was slow: never the script, which may hold keys. */
  what: string
  signal?: AbortSignal | undefined
  /** Ends the wait and the shell; the command that runs in it ends by itself. */
  timeoutMs?: number
  /** Nothing of what it prints may be missing: too much fails. Otherwise what is over 4 MiB is left out. */
  whole?: boolean
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
  const ask = async (session: Session, script: string, how: Saying) => {
    const result = await session.say(script, how)
    if (result) keep(session)
    return result
  }
  return {
    run(script, { what, signal, timeoutMs = defaultTimeoutMs, whole = false }) {
      return endInTime(`\`${what}\` in the container ${container.id}`, { signal, timeoutMs }, async (ends) => {
        const how = { signal: ends, whole }
        const kept = idle.pop()
        kept?.wake()
        const answer = kept && (await ask(kept, script, how))
        if (answer) return answer
        const fresh = await openSession(container, ends)
        // It is told nothing before it answers: one that begins late would do it when who asked has gone, and another has the lock.
        const said = (await fresh.say(':', how)) && (await ask(fresh, script, how))
        return said ?? fresh.explain(ends)
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
