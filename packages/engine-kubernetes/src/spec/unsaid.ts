import { isFields } from './fields.ts'
import type { SourceObject } from './policy.ts'

/** Of these the keys are an author's own: a null there is a text that is missing, and is refused. */
const authored = new Set([
  ...['labels', 'annotations', 'matchLabels', 'nodeSelector'],
  ...['data', 'binaryData', 'requests', 'limits'],
])

/**
 * The objects without the keys that are null. To the API server these are as if left out; here they would stand in place of what is filled
 * in. So the objects are judged and applied without them.
 */
export function dropUnsaid(objects: readonly SourceObject[]): SourceObject[] {
  return objects.map((object) => dropNulls(object) as SourceObject)
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls)
  if (!isFields(value)) return value
  const said = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(said.map(([key, inner]) => [key, authored.has(key) ? inner : dropNulls(inner)]))
}
