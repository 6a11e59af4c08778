import { type ScanFinding, type ScanReport, type ScanSpec, type Severity, severities } from '@stevedore/contract'

/** A finding with the other names of its vulnerability: a tool may report as GHSA-… what the spec ignores as CVE-…. */
export interface Found extends ScanFinding {
  aliases: readonly string[]
}

export interface ScanVerdict extends Pick<ScanReport, 'counts' | 'ignored' | 'unfixed' | 'expired'> {
  /** What counts, the worst first. */
  findings: ScanFinding[]
  /** Those of them that fail the build. */
  failing: ScanFinding[]
}

type Policy = Pick<ScanSpec, 'fail' | 'ignore' | 'ignoreUnfixed'>

/** Judges what a scan found by what the spec allows. @param today `2026-11-27`, UTC */
export function judgeScan(found: readonly Found[], policy: Policy, today: string): ScanVerdict {
  const ignores = policy.ignore.map((one) => (typeof one === 'string' ? { id: one } : one))
  const isOver = ({ until }: { until?: string | undefined }) => until !== undefined && until < today
  const held = new Set(ignores.filter((one) => !isOver(one)).map(({ id }) => fold(id)))
  const over = ignores.filter((one) => isOver(one) && !held.has(fold(one.id)))
  const distinct = dropDoubles(found)
  const allowed = distinct.filter((one) => !listNames(one).some((name) => held.has(name)))
  const counting = allowed.filter(({ fixed }) => fixed !== null || !policy.ignoreUnfixed)
  const findings = counting.toSorted(byWorst).map(({ aliases: _aliases, ...finding }) => finding)
  return {
    counts: countSeverities(findings),
    ignored: distinct.length - allowed.length,
    unfixed: allowed.length - counting.length,
    expired: over.map(({ id }) => id).filter((id) => counting.some((one) => listNames(one).includes(fold(id)))),
    findings,
    failing: findings.filter(({ severity }) => isFailing(severity, policy.fail)),
  }
}

/** Ids are told apart by their letters, not by how these are written. */
function fold(id: string): string {
  return id.toLowerCase()
}

function listNames({ id, aliases }: Found): string[] {
  return [id, ...aliases].map(fold)
}

/** The same package may lie in an image at several places. */
function dropDoubles(found: readonly Found[]): Found[] {
  return [...new Map(found.map((one) => [JSON.stringify([one.id, one.package, one.installed]), one])).values()]
}

/** Of the same severity what can be mended goes first. */
function byWorst(a: ScanFinding, b: ScanFinding): number {
  const severity = severities.indexOf(b.severity) - severities.indexOf(a.severity)
  return severity || Number(a.fixed === null) - Number(b.fixed === null) || (a.package < b.package ? -1 : 1)
}

function countSeverities(findings: readonly ScanFinding[]): ScanReport['counts'] {
  const counts = { unknown: 0, low: 0, medium: 0, high: 0, critical: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

function isFailing(severity: Severity, fail: Policy['fail']): boolean {
  return fail !== 'never' && severities.indexOf(severity) >= severities.indexOf(fail)
}

/** Tools refuse databases of this age as well: what became known since would be missed. */
const longestAgeMs = 5 * 24 * 3_600_000

export function isDatabaseTooOld(builtAt: Date, now: Date): boolean {
  return now.getTime() - builtAt.getTime() > longestAgeMs
}
