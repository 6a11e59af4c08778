import { answerSchemas, requestSchemas, shorthands } from '@stevedore/contract'
import { z } from 'zod'
import type { AnyRoute } from './route.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** The schemas of a document under their names, and how to refer to one. */
export interface ApiSchemas {
  components: Record<string, JsonSchema>
  /** `{$ref}` of what a request or an answer of one of the routes is. */
  refer(io: 'input' | 'output', schema: z.ZodType): { $ref: string }
}

type Names = z.core.$ZodRegistry<{ id: string }>

/** Names all that the routes take and give: what the contract has no name for gets its operation's. */
export function nameSchemas(routes: readonly AnyRoute[], further: Readonly<Record<string, z.ZodType>>): ApiSchemas {
  const names = {
    input: nameAll({ ...requestSchemas }),
    output: nameAll({ ...answerSchemas, ...further }),
  }
  for (const route of routes) {
    if (route.body) addName(names.input, `${capitalize(route.name)}Body`, route.body)
    for (const schema of listAnswers(route)) addName(names.output, nameAnswer(names.output, route, schema), schema)
  }
  return {
    components: { ...convert(names.input, 'input'), ...convert(names.output, 'output') },
    refer: (io, schema) => ({ $ref: addressOf(names[io].get(schema)?.id ?? '') }),
  }
}

function nameAll(schemas: Readonly<Record<string, z.ZodType>>): Names {
  const names: Names = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(schemas)) addName(names, name, schema)
  return names
}

/** The forms of a union that a member tells apart are named after it: `StepStartedEvent` of `JobEvent`. */
function addName(names: Names, name: string, schema: z.ZodType): void {
  if (names.has(schema)) return
  names.add(schema, { id: name })
  for (const { value, option } of listForms(schema))
    addName(names, `${capitalize(value)}${name.replace(/^Job/, '')}`, option)
}

function listForms(schema: z.core.$ZodType): { value: string; option: z.ZodObject }[] {
  const union = findUnion(schema)
  if (!union) return []
  return union.options.flatMap((option) => {
    const member = option instanceof z.ZodObject ? option.shape[union.def.discriminator] : undefined
    return option instanceof z.ZodObject && member instanceof z.ZodLiteral ? [{ value: `${member.value}`, option }] : []
  })
}

/** The union itself, also where something is read into it first. */
function findUnion(schema: z.core.$ZodType): z.ZodDiscriminatedUnion | undefined {
  const read = schema instanceof z.ZodPipe ? schema.out : schema
  return read instanceof z.ZodDiscriminatedUnion ? read : undefined
}

function listAnswers({ answers }: AnyRoute): z.ZodType[] {
  return Object.values(answers).flatMap((shape) => {
    if (shape instanceof z.ZodType) return [shape]
    return [shape].flat().flatMap((form) => (typeof form === 'object' && 'events' in form ? [form.events] : []))
  })
}

function nameAnswer(names: Names, { name }: AnyRoute, schema: z.ZodType): string {
  const items = schema instanceof z.ZodObject ? schema.shape.items : undefined
  const item = items instanceof z.ZodArray ? names.get(items.element)?.id : undefined
  return item ? `${item}Page` : `${capitalize(name)}Answer`
}

function convert(names: Names, io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(names, {
    io,
    uri: addressOf,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const discriminator = describeForms(names, zodSchema)
      if (discriminator) jsonSchema.discriminator = discriminator
      addShorthand(zodSchema, jsonSchema, io)
      tidy(jsonSchema, io)
    },
  })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...inner }]) => [name, holdsItself(name, inner) ? {} : inner]),
  )
}

/** What any JSON can be is told as anything: generators write a type of it that does not compile. */
function holdsItself(name: string, schema: JsonSchema): boolean {
  return JSON.stringify(schema).includes(`"${addressOf(name)}"`)
}

/** Takes out what only makes it longer, and what would keep answers from ever having more members. */
function tidy(schema: JsonSchema, io: 'input' | 'output'): void {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties
}

/** Which schema goes with which value, for readers that choose by it. */
function describeForms(names: Names, schema: z.core.$ZodType) {
  const union = findUnion(schema)
  const forms = listForms(schema).map(({ value, option }) => [value, names.get(option)?.id] as const)
  if (!union || forms.some(([, id]) => id === undefined)) return undefined
  const mapping = Object.fromEntries(forms.map(([value, id = '']) => [value, addressOf(id)]))
  return { propertyName: union.def.discriminator, mapping }
}

/** Where a name alone will do, it stands beside the forms. */
function addShorthand(schema: z.core.$ZodType, json: JsonSchema, io: 'input' | 'output'): void {
  const names = io === 'input' ? shorthands.get(schema) : undefined
  const { oneOf, discriminator } = json
  if (!names || !oneOf) return
  delete json.oneOf
  delete json.discriminator
  json.anyOf = [
    { type: 'string', enum: [...names] },
    { oneOf, discriminator },
  ]
}

function addressOf(name: string): string {
  return `#/components/schemas/${name}`
}

/** `step.started` is StepStarted. */
function capitalize(text: string): string {
  const words = text.split(/[^A-Za-z0-9]/)
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
}
