import type { JobDetailView } from '@stevedore/contract'
import { drawFrame } from './frame.ts'
import type { JobRenderer } from './job-renderer.ts'
import { heedEvent, nothingSeen, type RolloutSeen } from './rollout-seen.ts'
import { createScreen, type Screen } from './screen.ts'
import { createLineSplitter } from './split-lines.ts'
import { summarize } from './summary.ts'
import { plain, visible } from './visible.ts'

const tailLines = 6
/** Durations and the time left of a pause move on by themselves. */
const tickMs = 1_000

type Terminal = NodeJS.WritableStream & { columns: number; rows: number }

interface Panel extends RolloutSeen {
  job: JobDetailView | undefined
  /** The last lines of output. */
  tail: readonly string[]
}

/** Redraws the job in place on a terminal. */
export function createLiveRenderer(out: Terminal): JobRenderer {
  const screen = createScreen(out)
  const output = createLineSplitter()
  let panel: Panel = { ...nothingSeen, job: undefined, tail: [] }
  const change = (changed: Partial<Panel>) => {
    panel = { ...panel, ...changed }
    drawPanel(screen, panel, out)
  }

  const ticker = setInterval(() => change({}), tickMs)
  return {
    show: (job) => change({ job }),
    event: (event) => change(heedEvent(panel, event)),
    log: (text) => change({ tail: [...panel.tail, ...output.push(text).map(plain)].slice(-tailLines) }),
    close(job) {
      change({ job, tail: [] })
      screen.release()
      out.write(`${visible(summarize(job, out))}\n`)
    },
    stop: () => clearInterval(ticker),
  }
}

function drawPanel(screen: Screen, { job, ...panel }: Panel, out: Terminal): void {
  if (!job) return
  screen.draw(drawFrame({ ...panel, job, columns: out.columns, rows: out.rows, now: Date.now() }, out))
}
