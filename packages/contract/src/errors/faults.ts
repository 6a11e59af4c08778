import type { z } from 'zod'
import { suggest } from '../values/nearest.ts'
import { listFaultsOfRest, listKnownKeys } from './describe-issue.ts'
import { type Fault, type ProblemCode, ProblemError, problems } from './problems.ts'

/** All faults of a refused value, each with its path and code. */
export function listFaults(error: z.core.$ZodError): Fault[] {
  return error.issues.flatMap((issue) => toFaults(issue))
}

function toFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], ...describeKey(key, listKnownKeys(issue)) }))
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return toInner(path, nearestBranch(issue.errors))
  // Of a record's name: what is wrong with it stands one level further in.
  if (issue.code === 'invalid_key') return toInner(path, issue.issues)
  const own = issue.code === 'custom' ? (issue.params?.code as string | undefined) : undefined
  const fault = { path, code: own ?? issue.code.replaceAll('_', '-'), message: writeMessage(issue) }
  // Of a value whose kind is missing: the issue stands at the name of the kind, the rest beside it.
  return issue.code === 'invalid_union' ? [fault, ...toInner(path.slice(0, -1), listFaultsOfRest(issue))] : [fault]
}

function toInner(path: Fault['path'], issues: readonly z.core.$ZodIssue[]): Fault[] {
  return issues.flatMap((inner) => toFaults({ ...inner, path: [...path, ...inner.path] }))
}

/** The text of a pattern says what it takes. */
function writeMessage({ code, message }: z.core.$ZodIssue): string {
  return code === 'invalid_format' && !/^(must|is) /.test(message) ? `must be ${message}` : message
}

/** What Docker and Kubernetes know, and nobody gets here: told apart from a slip of the pen. */
const powerfulKeys = new Set(
  [
    'privileged allowPrivilegeEscalation capAdd cap_add securityContext securityOpt security_opt seccomp apparmor',
    'hostNetwork hostPID hostIPC hostPath hostPort network networkMode network_mode pid pidMode ipc ipcMode userns usernsMode',
    'volumes volumeMounts binds mounts devices deviceRequests gpus sysctls cgroupParent runtime',
    'serviceAccount serviceAccountName automountServiceAccountToken clusterRole clusterRoleBinding roleBinding nodeName',
  ].flatMap((line) => line.split(' ')),
)

function describeKey(key: string, known: readonly string[]): Pick<Fault, 'code' | 'message'> {
  return powerfulKeys.has(key)
    ? { code: 'policy-violation', message: 'is not given to apps' }
    : { code: 'unknown-key', message: `is not a known key${suggest(key, known)}` }
}

/** Of a union's branches, the one that the value came closest to: of its type if any is, and with the fewest faults. */
function nearestBranch(branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  const isOfType = (branch: z.core.$ZodIssue[]) =>
    !branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0)
  const near = branches.some(isOfType) ? branches.filter(isOfType) : branches
  return near.reduce((best, branch) => (branch.length < best.length ? branch : best))
}

/** The problem type for a set of faults: their own code when all share one, `validation-failed` otherwise. */
export function problemOfFaults(faults: readonly Fault[]): ProblemCode {
  const codes = new Set(faults.map((fault) => fault.code))
  const [only] = codes
  return codes.size === 1 && only !== undefined && Object.hasOwn(problems, only)
    ? (only as ProblemCode)
    : 'validation-failed'
}

/** A refusal that lists every fault, each at its path, and begins with the first. */
export function refuseFaults(faults: Fault[]): ProblemError {
  const [first] = faults
  const where = first && first.path.length > 0 ? `${first.path.join('.')}: ` : 'the body '
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : ''
  return new ProblemError(problemOfFaults(faults), `${where}${first?.message ?? 'refused'}${more}`, { faults })
}

/** One text for all, so that what exists elsewhere and what does not exist cannot be told apart. */
export function notFound(): ProblemError {
  return new ProblemError('not-found', 'There is no such thing here, or it is not for you to see.')
}
