import type { Change } from '@stevedore/contract'
import { plain } from './visible.ts'

const signs = { create: '+', update: '~', delete: '-' } as const

/** What a deploy would change, an object a paragraph. */
export function describeChanges(changes: Change[]): string {
  if (changes.length === 0) return 'Nothing would change.'
  return plain(changes.flatMap(describeChange).join('\n'))
}

function describeChange({ action, object, fields }: Change): string[] {
  return [`${signs[action]} ${action} ${object}`, ...fields.map(describeField)]
}

function describeField({ field, from, to }: Change['fields'][number]): string {
  if (from === undefined) return `    ${field}: ${to ?? ''}`
  return to === undefined ? `    ${field}: ${from} (removed)` : `    ${field}: ${from} -> ${to}`
}
