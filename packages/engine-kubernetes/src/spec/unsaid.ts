import { isFields } from './fields.ts'
import type { SourceObject } from './policy.ts'

/** Of these the keys are an author's own: a null there is a text that is missing, and is refused. */
const authored = new Set([
  ...['labels', 'annotations', 'matchLabels', 'nodeSelector'],
  ...['data', 'binaryData', 'requests', 'limits'],
])

/**
 * The objects without what says nothing, as which they are judged and applied. Keys that are null are to the API server as if left out; here
 * they would stand in place of what is filled in. A status, or a name of the pods' template, tools write, and the server heeds none.
 */
export function dropUnsaid(objects: readonly SourceObject[]): SourceObject[] {
  return objects.map((object) => dropUnheeded(dropNulls(object)) as SourceObject)
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls)
  if (!isFields(value)) return value
  const said = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(said.map(([key, inner]) => [key, authored.has(key) ? inner : dropNulls(inner)]))
}

function dropUnheeded(object: unknown): unknown {
  if (!isFields(object)) return object
  const { status: _, ...kept } = object
  const { spec } = kept
  if (kept.kind !== 'Deployment' || !isFields(spec) || !isFields(spec.template)) return kept
  const { template } = spec
  if (!isFields(template.metadata)) return kept
  const { name: __, namespace: ___, ...metadata } = template.metadata
  return { ...kept, spec: { ...spec, template: { ...template, metadata } } }
}
