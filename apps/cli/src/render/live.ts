import type { JobDetailView, JobEvent } from '@stevedore/contract'
import { describeWeights } from './describe-event.ts'
import { drawFrame } from './frame.ts'
import type { JobRenderer } from './job-renderer.ts'
import { createScreen } from './screen.ts'
import { plain } from './style.ts'
import { summarize } from './summary.ts'

const tailLines = 6
/** Durations and the time left of a pause move on by themselves. */
const tickMs = 1_000

/** Redraws the job in place on a terminal. */
export function createLiveRenderer(out: NodeJS.WriteStream): JobRenderer {
  const screen = createScreen(out)
  const replicas = new Map<string, string>()
  let job: JobDetailView | undefined
  let traffic: string | undefined
  let tail: string[] = []
  let rest = ''

  function draw() {
    if (!job) return
    screen.draw(drawFrame({ job, traffic, replicas, tail, columns: out.columns, rows: out.rows, now: Date.now() }, out))
  }

  const ticker = setInterval(draw, tickMs)
  return {
    show(next) {
      job = next
      draw()
    },
    event({ type, data }: JobEvent) {
      if (type === 'traffic.shifted') traffic = describeWeights(data.weights)
      if (typeof data.replica !== 'string') return
      if (type === 'replica.stopped') replicas.delete(plain(data.replica))
      else if (type.startsWith('replica.')) replicas.set(plain(data.replica), type.slice('replica.'.length))
    },
    log(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      tail = [...tail, ...lines.map(plain)].slice(-tailLines)
      draw()
    },
    close(last) {
      job = last
      tail = []
      draw()
      screen.release()
      out.write(`${summarize(last, out)}\n`)
    },
    stop: () => clearInterval(ticker),
  }
}
