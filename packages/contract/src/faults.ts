import type { z } from 'zod'
import { type Fault, type ProblemCode, problems } from './problems.ts'

/** All faults of a refused value, each with its path and code. */
export function listFaults(error: z.core.$ZodError): Fault[] {
  return error.issues.flatMap((issue) => toFaults(issue))
}

function toFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], code: 'unknown-key', message: 'is not a known key' }))
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return nearestBranch(issue.errors).flatMap((inner) =>
      toFaults({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue),
    )
  const own = issue.code === 'custom' ? (issue.params?.code as string | undefined) : undefined
  return [{ path, code: own ?? issue.code.replaceAll('_', '-'), message: issue.message }]
}

/** Of a union's branches, the one that the value came closest to: the one with the fewest faults. */
function nearestBranch(branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  return branches.reduce((best, branch) => (branch.length < best.length ? branch : best))
}

/** The problem type for a set of faults: their own code when all share one, `validation-failed` otherwise. */
export function problemOfFaults(faults: readonly Fault[]): ProblemCode {
  const codes = new Set(faults.map((fault) => fault.code))
  const [only] = codes
  return codes.size === 1 && only !== undefined && Object.hasOwn(problems, only)
    ? (only as ProblemCode)
    : 'validation-failed'
}
