import { type Draft, leaveOut, takeSetting } from '../draft.ts'
import { fieldOf, fieldsOf } from '../values.ts'
import { type Service, textOf } from './read-project.ts'
import { readDurationMs, toCpu, toMemory, writeDuration } from './units.ts'

/** How many, how much, and how long they have to end. */
export function takeLimits(draft: Draft, { fields }: Service): void {
  const deploy = fieldsOf(fieldOf(fields, 'deploy'))
  const resources = fieldsOf(fieldOf(deploy, 'resources'))
  const [limits, reservations] = [fieldsOf(fieldOf(resources, 'limits')), fieldsOf(fieldOf(resources, 'reservations'))]
  const replicas = Number(textOf(fieldOf(deploy, 'replicas')) ?? textOf(fieldOf(fields, 'scale')) ?? '1')
  if (Number.isInteger(replicas) && replicas > 1) takeSetting(draft, ['replicas'], replicas, 'deploy.replicas')
  takeAmount(draft, ['limits', 'cpu'], toCpu, limits.cpus ?? fields.cpus)
  takeAmount(draft, ['limits', 'memory'], toMemory, limits.memory ?? fields.mem_limit)
  takeAmount(draft, ['requests', 'cpu'], toCpu, reservations.cpus)
  takeAmount(draft, ['requests', 'memory'], toMemory, reservations.memory ?? fields.mem_reservation)
  const stop = readStopTimeout(fields)
  if (stop !== undefined) takeSetting(draft, ['stopTimeout'], stop, 'stop_grace_period')
}

export function readStopTimeout(fields: Service['fields']): string | undefined {
  const ms = readDurationMs(textOf(fieldOf(fields, 'stop_grace_period')))
  return ms === undefined ? undefined : writeDuration(ms)
}

function takeAmount(
  draft: Draft,
  keys: string[],
  toAmount: (text: string | undefined) => string | undefined,
  value: unknown,
): void {
  if (value === undefined) return
  const amount = toAmount(textOf(value))
  if (amount === undefined) leaveOut(draft, `resources ${keys.join('.')}`, 'cannot be read')
  else takeSetting(draft, ['resources', ...keys], amount, 'of the service')
}
