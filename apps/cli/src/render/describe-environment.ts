import type { EnvironmentView } from '@stevedore/contract'
import { describeWeights } from './describe-event.ts'
import { writeCounts } from './describe-job.ts'
import { describeSchedules } from './describe-schedules.ts'
import { describeServices } from './describe-services.ts'
import { formatPairs, formatTable } from './table.ts'
import { formatAge, formatTime } from './time.ts'

/** What should run in an environment and what was seen to run. */
export function describeEnvironment(view: EnvironmentView): string {
  const { observed } = view
  const facts = [
    formatPairs(listFacts(view)),
    describeReplicas(observed),
    describeServices(view),
    describeSchedules(view),
  ]
  return [...facts, describeDrift(observed), describeChanged(view)].filter(Boolean).join('\n\n')
}

function listFacts(view: EnvironmentView): [string, string][] {
  const { desired, observed, lastFailure } = view
  const facts: [string, string | null | undefined][] = [
    ['app', view.app],
    ['environment', view.environment],
    ['revision', desired ? `${desired.number} (${desired.version})` : 'none'],
    ['target', desired?.target],
    ['image', desired?.image],
    ['strategy', desired?.strategy],
    ['scale', desired?.scale && `${writeCounts(desired.scale)}, until the next deploy`],
    ['volumes', desired && describeVolumes(desired.settings)],
    [
      'deployed',
      desired ? `${formatTime(desired.activatedAt)} (${formatAge(desired.activatedAt)}) by ${desired.createdBy}` : null,
    ],
    ['last failure', lastFailure ? describeLastFailure(lastFailure) : null],
    ['pinned by', view.pinnedBy],
    ['running job', view.activeJobId],
    ['healthy', view.replicas && `${view.replicas.healthy} of ${view.replicas.desired} replicas`],
    ['address', observed?.address],
    ['traffic', observed ? describeWeights(observed.traffic) : null],
    ['observed', observed ? formatAge(observed.at) : null],
  ]
  return facts.flatMap(([name, fact]) => (fact ? [[name, fact]] : []))
}

function describeVolumes({ volumes = {} }: NonNullable<EnvironmentView['desired']>['settings']): string {
  return Object.entries(volumes)
    .map(([name, { path, size }]) => `${name} at ${path}${size ? `, ${size}` : ''}`)
    .join('; ')
}

function describeLastFailure({ kind, code, message, at, jobId }: NonNullable<EnvironmentView['lastFailure']>): string {
  return `${kind} ${formatAge(at)}, ${code}: ${message} (stevedore watch ${jobId})`
}

function describeReplicas(observed: EnvironmentView['observed']): string {
  if (!observed || observed.replicas.length === 0) return ''
  // A column of its own only where it tells anything.
  const several = observed.replicas.some(({ process }) => process !== undefined)
  const rows = observed.replicas.map((replica) => [
    replica.name,
    ...(several ? [replica.process ?? 'web'] : []),
    String(replica.revision),
    replica.healthy ? 'yes' : 'no',
    replica.state,
    replica.host ?? '-',
    replica.reason ?? '',
  ])
  return formatTable(
    ['REPLICA', ...(several ? ['PROCESS'] : []), 'REVISION', 'HEALTHY', 'STATE', 'HOST', 'REASON'],
    rows,
  )
}

function describeDrift(observed: EnvironmentView['observed']): string {
  if (!observed || observed.drift.length === 0) return ''
  return formatTable(
    ['CHANGED BEHIND STEVEDORE', 'WANTED', 'FOUND'],
    observed.drift.map(({ field, wanted, found }) => [field, wanted, found]),
  )
}

/** What runs has the values that it was deployed with. */
function describeChanged({ changedSecrets }: EnvironmentView): string {
  if (changedSecrets.length === 0) return ''
  const them = changedSecrets.length === 1 ? 'it' : 'them'
  return `${changedSecrets.join(', ')} changed since this deploy: deploy again to use ${them}`
}
