import type { JobDetailView } from '@stevedore/contract'
import { describeEvent } from './describe-event.ts'
import { nameJob } from './describe-job.ts'
import type { JobRenderer } from './job-renderer.ts'
import { paint, plain } from './style.ts'
import { summarize } from './summary.ts'

/** A line an event, a line a line of output: for pipes, files and CI. */
export function createLineRenderer(out: NodeJS.WriteStream): JobRenderer {
  let named = false
  let rest = ''
  const write = (line: string) => out.write(`${line}\n`)

  return {
    show(job) {
      if (!named) write(`${nameJob(job)} (${job.id})`)
      named = true
    },
    event(event) {
      const text = describeEvent(event)
      if (text !== undefined) write(`${paint('dim', event.at.slice(11, 19), out)} ${text}`)
    },
    log(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) write(`  ${plain(line)}`)
    },
    close(job: JobDetailView) {
      if (rest) write(`  ${plain(rest)}`)
      write(summarize(job, out))
    },
    stop() {},
  }
}
