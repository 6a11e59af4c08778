import type { AuditEntry } from '@stevedore/contract'

type Detail = AuditEntry['detail']

/** What each sort of entry tells, in words. Entries are for ever: one of an older version may lack what later ones have. */
const sentences: Partial<Record<AuditEntry['action'], (detail: Detail) => string>> = {
  'app.declared': ({ specVersion }) => `declared the app, as version ${text(specVersion)} of its spec`,
  'app.retired': () => 'retired the app',
  'job.requested': ({ kind, request, state, waitingFor }) =>
    `asked ${kind === 'run' ? `to run ${text(Object(request).command)}${Object(request).in ? ` in ${text(Object(request).replica ?? `a replica of ${Object(request).process ?? 'web'}`)}` : ''}` : `for ${nameAsked(kind, request)}`}: ${text(waitingFor ?? state)}`,
  'job.transition': ({ from, to, waitingFor, reason, code }) =>
    `the job went from ${text(from)} to ${text(to)}${because(code ?? waitingFor ?? reason)}`,
  'job.cancel': () => 'asked to cancel the job',
  'job.retry': () => 'asked to try the job again',
  'job.approve': ({ image }) => `approved the deploy${image ? ` of ${text(image)}` : ''}`,
  'job.reject': () => 'rejected the deploy',
  'job.pause': () => 'paused the rollout',
  'job.resume': () => 'resumed the rollout',
  'job.promote': () => 'promoted the rollout',
  'job.abort': () => 'aborted the rollout',
  'revision.created': ({ number, version, cause }) =>
    `made revision ${text(number)} of ${text(version)}${because(cause)}`,
  'revision.activated': ({ number }) => `revision ${text(number)} serves`,
  'revision.failed': ({ number }) => `revision ${text(number)} failed`,
  'revision.scaled': ({ number, scale }) => `scaled revision ${text(number)} to ${text(scale)}`,
  'service.activated': ({ service, number, image }) =>
    `brought the companion ${text(service)} to its revision ${text(number)}, ${text(image)}`,
  'service.failed': ({ service, number }) => `revision ${text(number)} of the companion ${text(service)} failed`,
  'environment.removed': ({ revision }) => `took revision ${text(revision)} down`,
  'environment.swept': ({ revision }) => `swept what was left of revision ${text(revision)}`,
  'environment.pinned': ({ pinnedBy }) => `pinned the environment${because(pinnedBy)}`,
  'environment.unpinned': () => 'unpinned the environment',
  'image.recorded': ({ version, target }) => `recorded the image ${text(version)} ${text(target)}`,
  'secret.set': ({ name, fingerprint }) => `stored the secret ${text(name)}${because(fingerprint)}`,
  'secret.bound': ({ name, hosts }) => `bound the secret ${text(name)} to ${text(hosts)}`,
  'secret.removed': ({ name }) => `removed the secret ${text(name)}`,
  'certificate.put': ({ name, expiresAt }) =>
    `stored the certificate ${text(name)}, good until ${text(expiresAt).slice(0, 10)}`,
  'certificate.removed': ({ name }) => `removed the certificate ${text(name)}`,
  'grant.put': ({ kind, name }) => `gave the ${text(kind)} ${text(name)}`,
  'grant.removed': ({ kind, name }) => `took the ${text(kind)} ${text(name)} back`,
  'token.created': ({ name, role, person }) =>
    `made the token ${text(name)}, ${text(role)}${person ? ` of ${text(person)}` : ''}`,
  'token.revoked': ({ name }) => `revoked the token ${text(name)}`,
  'schedule.missed': ({ schedule, count, from }) =>
    `missed ${text(count)} times of the schedule ${text(schedule)}, from ${text(from)} on`,
  'schedule.skipped': ({ schedule, dueAt, reason }) =>
    `left out the schedule ${text(schedule)} at ${text(dueAt)}${because(reason)}`,
  'backup.made': ({ seq, rows }) => `backed up ${text(rows)} rows, with the trail up to ${text(seq)}`,
  'backup.restored': ({ takenAt }) => `began the ledger anew from a backup${because(takenAt)}`,
  'webhook.received': ({ provider, deliveryId }) => `received a webhook of ${text(provider)}${because(deliveryId)}`,
}

export function describeEntry({ action, detail }: AuditEntry): string {
  return sentences[action]?.(detail) ?? action
}

/** What a deploy may be instead of one. */
const variants = { remove: 'a removal', adopt: 'an adoption', restart: 'a restart', scale: 'a change of scale' }

function nameAsked(kind: unknown, request: unknown): string {
  const found = Object.entries(variants).find(([name]) => Object(request)[name])
  return found ? found[1] : `a ${text(kind)}`
}

function because(value: unknown): string {
  return value === undefined || value === null ? '' : ` (${text(value)})`
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '?'
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}
