import { isFinal, type JobDetailView, type StepView } from '@stevedore/contract'
import { describeState, jobDurationMs, nameJob } from './describe-job.ts'
import { clip, paint } from './style.ts'
import { formatDuration } from './time.ts'

export interface FrameInput {
  job: JobDetailView
  /** `r1 50%, r2 50%` once traffic has been shifted. */
  traffic: string | undefined
  /** Replicas that events have spoken of: name to what they are. */
  replicas: ReadonlyMap<string, string>
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
export function drawFrame(input: FrameInput, out: NodeJS.WriteStream = process.stdout): string[] {
  const { job, traffic, replicas, tail, columns, rows, now } = input
  const fit = (text: string) => clip(text, columns - 1)
  const headline = `${nameJob(job)}  ${job.progress}%  ${formatDuration(jobDurationMs(job, now))}`
  const replicaLine = [...replicas].map(([name, state]) => `${name} ${state}`).join(', ')
  const below = [
    replicaLine ? fit(`  replicas  ${replicaLine}`) : undefined,
    traffic ? fit(`  traffic   ${traffic}`) : undefined,
    job.state === 'running' || isFinal(job.state)
      ? undefined
      : paint('yellow', fit(`  ${describeState(job, now)}`), out),
    ...tail.map((line) => paint('dim', fit(`    ${line}`), out)),
  ].filter((line) => line !== undefined)
  const steps = job.steps.map((step) => drawStep(step, now, columns, out))
  const room = Math.max(1, rows - below.length - 2)
  return [paint('bold', fit(headline), out), ...steps.slice(-room), ...below].slice(0, Math.max(1, rows - 1))
}

function drawStep(step: StepView, now: number, columns: number, out: NodeJS.WriteStream): string {
  const [mark, colour] = marks[step.state]
  const tookMs = (step.endedAt ? Date.parse(step.endedAt) : now) - Date.parse(step.startedAt)
  return `  ${paint(colour, mark, out)} ${clip(`${step.name.padEnd(28)} ${formatDuration(tookMs)}`, columns - 5)}`
}
