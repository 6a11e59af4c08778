import type { EnvironmentView, ServiceView } from '@stevedore/contract'
import { formatTable } from './table.ts'

/** The companions of an environment, and how those are changed that the spec says otherwise of. */
export function describeServices({ app, environment, services = [] }: EnvironmentView): string {
  if (services.length === 0) return ''
  const rows = services.map(({ name, revision, image, seen, ...rest }) => [
    name,
    String(revision),
    seen ? (seen.healthy ? 'yes' : 'no') : '-',
    seen?.state ?? '-',
    image.replace(/@sha256:([0-9a-f]{12})[0-9a-f]*$/, '@sha256:$1…'),
    [seen?.reason, noteOf(rest)].filter(Boolean).join('; '),
  ])
  const changed = services.filter((one) => one.declared && one.changed.length > 0)
  const remedies = changed.map(
    ({ name, changed: fields }) =>
      `${name} differs in ${fields.join(', ')} from the spec: change it by stevedore service update ${app} ${environment} ${name}`,
  )
  return [formatTable(['COMPANION', 'REVISION', 'HEALTHY', 'STATE', 'IMAGE', 'NOTES'], rows), ...remedies].join('\n')
}

function noteOf({ declared }: Pick<ServiceView, 'declared'>): string {
  return declared ? '' : 'the spec no longer names it'
}
