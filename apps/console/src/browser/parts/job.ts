import type { JobView } from '@stevedore/contract'
import { html, type TemplateResult } from 'lit-html'

/** `deploy shop to staging`. */
export function nameJob({ kind, app, environment, request }: JobView): string {
  if (kind === 'rollback') return `roll back ${app} in ${environment}`
  if (request.kind === 'deploy' && request.remove) return `remove ${app} from ${environment}`
  if (request.kind === 'deploy' && request.service) return `update ${request.service} of ${app} in ${environment}`
  if (request.kind === 'deploy' && request.adopt) return `adopt ${app} in ${environment}`
  if (request.kind === 'deploy' && request.restart)
    return `restart ${request.process ? `${request.process} of ` : ''}${app} in ${environment}`
  if (request.kind === 'deploy' && request.scale)
    return `scale ${app} in ${environment} to ${writeCounts(request.scale)}`
  if (request.kind === 'run') return nameRun({ app, environment, request })
  const place = environment ? ` to ${environment}` : ''
  return `${request.kind === 'deploy' && request.dryRun ? 'dry run: ' : ''}${kind} ${app}${place}`
}

/** `web=3 worker=4` */
export function writeCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}=${count}`)
    .join(' ')
}

/** With the schedule that has the command, where one has. */
function nameRun({
  app,
  environment,
  request,
}: Pick<JobView, 'app' | 'environment'> & { request: RunRequest }): string {
  const schedule = request.schedule === undefined ? '' : `, schedule ${request.schedule}`
  return `run in ${nameReplica(request)}${app} ${environment}${schedule}: ${cutCommand(request.command)}`
}

/** Of a command inside what runs: in which of the app's. */
export function nameReplica({
  in: where,
  process = 'web',
  replica,
}: Pick<RunRequest, 'in' | 'process' | 'replica'>): string {
  return where === undefined ? '' : `${replica ?? `a replica of ${process}`} of `
}

type RunRequest = Extract<JobView['request'], { kind: 'run' }>

const longestCommand = 80

/** Its words, told apart. */
export function writeCommand(words: readonly string[]): string {
  return words.map((word) => (/[\s"]/.test(word) ? JSON.stringify(word) : word)).join(' ')
}

/** As much of it as a line holds. */
export function cutCommand(words: readonly string[]): string {
  const text = writeCommand(words)
  return text.length > longestCommand ? `${text.slice(0, longestCommand)} …` : text
}

/** Of what: the version, the ref or the revision that was asked for. */
export function nameSubject({ request }: JobView): string {
  if (request.kind === 'run') return request.command[0] ?? ''
  if (request.kind === 'rollback') return request.toRevision ? `r${request.toRevision}` : 'the one before'
  if (request.kind === 'deploy' && request.scale) return writeCounts(request.scale)
  return request.version ?? ('ref' in request && request.ref ? request.ref : '')
}

export function linkJob(id: string): string {
  return `/console/jobs/${encodeURIComponent(id)}`
}

export function linkApp(app: string): string {
  return `/console/apps/${encodeURIComponent(app)}`
}

export function linkEnvironment(app: string, environment: string): string {
  return `${linkApp(app)}/${encodeURIComponent(environment)}`
}

/** A job by what it does, leading to it. */
export function viewJobLink(job: JobView): TemplateResult {
  return html`<a href=${linkJob(job.id)}>${nameJob(job)}</a>`
}

/** `token:ann` is Ann; the other sorts of actor say what they are. */
export function nameActor(actor: string): string {
  return actor.replace(/^token:/, '')
}
