import { z } from 'zod'

/** A stored document that this version cannot read. The message names the document and its first faults, never a value. */
export class UnreadableDocumentError extends Error {
  constructor(name: string, error: z.core.$ZodError) {
    const issues = listIssues(error.issues).slice(0, 3)
    const faults = issues.map(({ path, message }) => `${path.join('.') || '(root)'}: ${message}`)
    super(`${name} was written by another version and cannot be read: ${faults.join('; ')}`, { cause: error })
    this.name = 'UnreadableDocumentError'
  }
}

/** Of several forms that a document may have, the one that it comes closest to tells what is wrong. */
function listIssues(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue]
    const [closest] = issue.errors.toSorted((a, b) => a.length - b.length)
    if (!closest) return [issue]
    return listIssues(closest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
  })
}

/**
 * Reads a stored document by a schema made with `shapeOf`: what was added since gets its default, what has been taken out is refused.
 * Throws UnreadableDocumentError.
 */
export function readStored<S extends z.ZodType>(name: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UnreadableDocumentError(name, parsed.error)
}

/**
 * The same schema without its rules: types, keys and defaults stay; patterns, bounds and refinements go. Rules are asked when a
 * document is taken. What was taken under the rules of its time stays readable when they become stricter.
 */
export function shapeOf<S extends z.ZodType>(schema: S): z.ZodType<z.output<S>, z.input<S>> {
  return strip(schema) as z.ZodType<z.output<S>, z.input<S>>
}

function strip(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) return z.string()
  if (schema instanceof z.ZodNumber) return z.number()
  if (schema instanceof z.ZodObject) return rebuild(schema, { shape: mapValues(schema.def.shape, strip) })
  if (schema instanceof z.ZodArray) return rebuild(schema, { element: strip(schema.def.element) })
  if (schema instanceof z.ZodRecord)
    return rebuild(schema, { keyType: strip(schema.def.keyType), valueType: strip(schema.def.valueType) })
  if (schema instanceof z.ZodUnion) return rebuild(schema, { options: schema.def.options.map(strip) })
  if (schema instanceof z.ZodPipe) return rebuild(schema, { in: strip(schema.def.in), out: strip(schema.def.out) })
  if ('innerType' in schema._zod.def)
    return rebuild(schema, { innerType: strip(schema._zod.def.innerType as z.ZodType) })
  return rebuild(schema, {})
}

/** The same kind of schema with some parts replaced and no checks of its own. */
function rebuild(schema: z.core.$ZodType, parts: object): z.core.$ZodType {
  return z.core.clone(schema, { ...schema._zod.def, ...parts, checks: [] } as typeof schema._zod.def)
}

function mapValues(shape: z.core.$ZodShape, map: (schema: z.core.$ZodType) => z.core.$ZodType): z.core.$ZodShape {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, map(schema)]))
}
