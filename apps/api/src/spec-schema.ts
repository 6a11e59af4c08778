import { nameSchemas } from './openapi-schemas.ts'

type Json = Record<string, unknown>

const inDocument = '#/components/schemas/'
const here = '#/$defs/'

/** The JSON Schema of a `stevedore.yaml`, of one app or of several: what an editor checks and completes by. */
export function describeSpecFile(): Json {
  const { components } = nameSchemas([], {})
  const forms = ['AppSpecInput', 'AppsSpecInput']
  const $defs = Object.fromEntries([...reach(components, forms)].map((name) => [name, toPlain(components[name])]))
  for (const form of forms) allowExtensions($defs[form])
  // Of the apps that stand in one file too.
  allowExtensions(Object($defs.AppsSpecInput).properties?.apps?.additionalProperties)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'stevedore.yaml',
    // Which of the two it is shows in its keys, so an editor tells the faults of that one.
    if: { required: ['apps'] },
    // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
    then: { $ref: `${here}AppsSpecInput` },
    else: { $ref: `${here}AppSpecInput` },
    $defs,
  }
}

/** The names of these schemas and of all that they refer to. */
function reach(components: Readonly<Record<string, unknown>>, names: readonly string[], found = new Set<string>()) {
  for (const name of names) {
    if (found.has(name)) continue
    found.add(name)
    const refs = JSON.stringify(components[name]).matchAll(/"#\/components\/schemas\/([^"]+)"/g)
    reach(
      components,
      [...refs].map(([, inner = '']) => inner),
      found,
    )
  }
  return found
}

/** Without what only OpenAPI knows. */
function toPlain(schema: unknown): Json {
  const text = JSON.stringify(schema, (key, value) => (key === 'discriminator' ? undefined : value))
  return JSON.parse(text.replaceAll(`"${inDocument}`, `"${here}`))
}

/** Keys that begin with `x-` hold what the rest of the file refers to. */
function allowExtensions(schema: unknown): void {
  Object.assign(Object(schema), { patternProperties: { '^x-': {} } })
}
