import { median } from './measure.ts'

/** What has to hold between ours and the reference, or of ours alone. */
export type Goal =
  | { atLeastRatio: number }
  /** Times the reference, and so much more. */
  | { atMostRatio: number; plus?: number }
  | { atMost: number }
  | { atLeast: number }

/** One thing that was measured, each side as often as there were turns. */
export interface Measurement {
  /** `POST /v1/jobs, 64 clients`. */
  what: string
  /** `requests/s`, `ms`. */
  unit: string
  ours: readonly number[]
  /** What it is compared with in the same run; where it says `documented` nothing was run. */
  reference?: { name: string; values: readonly number[] }
  /** None: it is shown, and nothing is asked of it. */
  goal?: Goal
}

export interface Verdict {
  what: string
  unit: string
  ours: number
  reference: number | undefined
  of: string
  ratio: number | undefined
  goal: string
  met: boolean | undefined
}

/** Medians side by side, and whether the goal is met. */
export function judge({ what, unit, ours, reference, goal }: Measurement): Verdict {
  const [own, other] = [median(ours), reference && median(reference.values)]
  return {
    what,
    unit,
    ours: own,
    of: reference?.name ?? '',
    reference: other,
    ratio: other === undefined ? undefined : own / other,
    goal: goal ? describeGoal(goal) : '',
    met: goal && isMet(goal, own, other),
  }
}

/** A figure that is not there meets no goal. */
function isMet(goal: Goal, ours: number, reference = Number.NaN): boolean {
  if ('atMost' in goal) return ours <= goal.atMost
  if ('atLeast' in goal) return ours >= goal.atLeast
  if ('atLeastRatio' in goal) return ours >= goal.atLeastRatio * reference
  return ours <= goal.atMostRatio * reference + (goal.plus ?? 0)
}

function describeGoal(goal: Goal): string {
  if ('atMost' in goal) return `≤ ${goal.atMost}`
  if ('atLeast' in goal) return `≥ ${goal.atLeast}`
  if ('atLeastRatio' in goal) return `≥ ${goal.atLeastRatio.toFixed(2)}×`
  return `≤ ${goal.atMostRatio.toFixed(2)}×${goal.plus ? ` + ${goal.plus}` : ''}`
}

const heads = ['what', 'ours', 'reference', '', 'ratio', 'goal', 'met']

/** As Markdown, columns aligned, so that it reads on a terminal and in a page. */
export function formatTable(verdicts: readonly Verdict[]): string {
  const rows = [heads, ...verdicts.map(toCells)]
  const widths = heads.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function toCells({ what, unit, ours, reference, of, ratio, goal, met }: Verdict): string[] {
  const compared = reference === undefined ? '' : show(reference)
  const answer = met === undefined ? '' : met ? 'yes' : 'no'
  return [`${what}, ${unit}`, show(ours), compared, of, ratio === undefined ? '' : `${ratio.toFixed(2)}×`, goal, answer]
}

function show(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** What `npm run bench` ends with: 1 where a part failed, and with `--strict` where a goal is missed. */
export function chooseStatus(
  verdicts: readonly Verdict[],
  { failed, strict }: { failed: boolean; strict: boolean },
): number {
  return failed || (strict && verdicts.some(({ met }) => met === false)) ? 1 : 0
}
