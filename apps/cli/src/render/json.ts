import type { JobRenderer } from './job-renderer.ts'
import { formatJson } from './visible.ts'

/** The job alone, once it is final: one JSON document. With `events`, each event as a line of its own instead. */
export function createJsonRenderer(out: NodeJS.WritableStream, { events }: { events: boolean }): JobRenderer {
  return {
    show() {},
    event(event) {
      if (events) out.write(`${formatJson(event)}\n`)
    },
    log() {},
    close(job) {
      if (!events) out.write(`${formatJson(job, 2)}\n`)
    },
    stop() {},
  }
}
