import { describeEvent } from './describe-event.ts'
import { nameJob } from './describe-job.ts'
import type { JobRenderer } from './job-renderer.ts'
import { createLineSplitter } from './split-lines.ts'
import { paint } from './style.ts'
import { summarize } from './summary.ts'
import { plain, visible } from './visible.ts'

/** A line an event, a line a line of output: for pipes, files and CI. */
export function createLineRenderer(out: NodeJS.WritableStream): JobRenderer {
  const output = createLineSplitter()
  let named = false
  const write = (line: string) => out.write(`${visible(line)}\n`)

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
      for (const line of output.push(text)) write(`  ${plain(line)}`)
    },
    close(job) {
      if (output.rest()) write(`  ${plain(output.rest())}`)
      write(summarize(job, out))
    },
    stop() {},
  }
}
