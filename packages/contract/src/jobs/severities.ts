/** How bad a vulnerability is, the least first; what a tool calls negligible is low. */
export const severities = ['unknown', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** `2 critical, 1 low`; `nothing` where nothing counts. */
export function describeCounts(found: Readonly<Record<Severity, number>>): string {
  const told = severities.toReversed().filter((severity) => found[severity] > 0)
  return told.map((severity) => `${found[severity]} ${severity}`).join(', ') || 'nothing'
}
