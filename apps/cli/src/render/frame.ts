import type { JobDetailView, StepView } from '@stevedore/contract'
import { isFinal } from '@stevedore/contract/words'
import { describeState, jobDurationMs, nameJob } from './describe-job.ts'
import type { RolloutSeen } from './rollout-seen.ts'
import { clip, paint } from './style.ts'
import { formatDuration } from './time.ts'

interface FrameInput extends RolloutSeen {
  job: JobDetailView
  /** The last lines of output. */
  tail: readonly string[]
  columns: number
  rows: number
  now: number
}

const marks: Record<StepView['state'], [string, 'green' | 'red' | 'yellow' | 'cyan']> = {
  running: ['>', 'cyan'],
  succeeded: ['+', 'green'],
  failed: ['x', 'red'],
  cancelled: ['-', 'yellow'],
}

/** The lines of one redraw: headline, steps, replicas, traffic, output. Never more or wider than the terminal. */
export function drawFrame(input: FrameInput, out: NodeJS.WritableStream = process.stdout): string[] {
  const { job, columns, rows, now } = input
  const headline = `${nameJob(job)}  ${job.progress}%  ${formatDuration(jobDurationMs(job, now))}`
  const steps = job.steps.map((step) => drawStep(step, now, columns, out))
  const below = drawBelow(input, out)
  const room = Math.max(1, rows - below.length - 2)
  const lines = [paint('bold', clip(headline, columns - 1), out), ...steps.slice(-room), ...below]
  return lines.slice(0, Math.max(1, rows - 1))
}

/** What stands below the steps. */
function drawBelow({ job, traffic, replicas, tail, columns, now }: FrameInput, out: NodeJS.WritableStream): string[] {
  const fit = (text: string) => clip(text, columns - 1)
  const named = [...replicas].map(([name, state]) => `${name} ${state}`).join(', ')
  const waits = job.state !== 'running' && !isFinal(job.state)
  return [
    ...(named ? [fit(`  replicas  ${named}`)] : []),
    ...(traffic ? [fit(`  traffic   ${traffic}`)] : []),
    ...(waits ? [paint('yellow', fit(`  ${describeState(job, now)}`), out)] : []),
    ...tail.map((line) => paint('dim', fit(`    ${line}`), out)),
  ]
}

function drawStep(step: StepView, now: number, columns: number, out: NodeJS.WritableStream): string {
  const [mark, colour] = marks[step.state]
  const tookMs = (step.endedAt ? Date.parse(step.endedAt) : now) - Date.parse(step.startedAt)
  return `  ${paint(colour, mark, out)} ${clip(`${step.name.padEnd(28)} ${formatDuration(tookMs)}`, columns - 5)}`
}
