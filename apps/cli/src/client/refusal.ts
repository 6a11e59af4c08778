import type { Fault, Problem } from '@stevedore/contract'
import { CliError, type ExitStatus, exitStatus } from '../exit.ts'

/** The server's own answer that it will not do this. */
export class Refusal extends CliError {
  readonly problem: Problem
  /** How long the server asks to wait, where it says so in seconds. */
  readonly retryAfterMs: number | undefined

  /** @param told what is said instead of the problem's own words */
  constructor(problem: Problem, told: { message?: string; remedy?: string; retryAfterMs?: number | undefined } = {}) {
    super(statusOf(problem.status), told.message ?? describe(problem), told.remedy ?? remedyOf(problem))
    this.name = 'Refusal'
    this.problem = problem
    this.retryAfterMs = told.retryAfterMs
  }
}

/** Reads `application/problem+json`; whatever else stands there (a proxy's page) is shown by its status alone. */
export async function readRefusal(response: Response): Promise<Refusal> {
  const bare = { type: 'about:blank', title: response.statusText, detail: '', instance: '' }
  const problem = { ...bare, ...parseProblem(await readText(response)), status: response.status }
  return new Refusal(problem, { retryAfterMs: readRetryAfter(response.headers.get('retry-after')) })
}

/** What is no number of seconds, a date above all, says nothing here. */
function readRetryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined
}

/** A refusal whose text breaks off is one all the same. */
function readText(response: Response): Promise<string> {
  return response.text().catch(() => '')
}

/** Nothing of what is no problem document: the status has to do. */
function parseProblem(text: string): Partial<Problem> {
  try {
    const found: unknown = JSON.parse(text)
    return isProblem(found) ? found : {}
  } catch {
    return {}
  }
}

function isProblem(found: unknown): found is Problem {
  if (typeof found !== 'object' || found === null || !('title' in found) || typeof found.title !== 'string')
    return false
  const isText = !('detail' in found) || typeof found.detail === 'string'
  return isText && (!('faults' in found) || Array.isArray(found.faults))
}

function statusOf(status: number): ExitStatus {
  if (status === 401 || status === 403) return exitStatus.notAllowed
  if (status === 502 || status === 503 || status === 504) return exitStatus.unreachable
  return status === 409 || status === 412 || status === 429 || status >= 500 ? exitStatus.failed : exitStatus.usage
}

/** The detail is the whole sentence; the title is said where there is none, and above a list of faults. */
function describe({ title, detail, status, faults = [] }: Problem): string {
  const headline = title || `The server answered ${status}`
  const [only, ...more] = faults
  if (!only) return detail || headline
  return more.length === 0
    ? describeFault(only)
    : [`${headline}:`, ...faults.map((fault) => `  ${describeFault(fault)}`)].join('\n')
}

function describeFault({ path, message }: Fault): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message
}

function remedyOf({ status, instance }: Problem): string | undefined {
  if (status === 401) return 'Set STEVEDORE_TOKEN; an admin makes one with: stevedore token create NAME --role deployer'
  return status >= 500 && instance ? `Give the correlation id to the operator: ${instance}` : undefined
}
