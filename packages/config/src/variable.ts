import { z } from 'zod'

/** What the guide says of a variable. */
export const variableNotes = z.object({
  description: z.string(),
  /** As the guide words it; absent where there is none. */
  default: z.string().optional(),
})
export type VariableNotes = z.output<typeof variableNotes>

export function variable<T extends z.ZodType>(
  schema: T,
  description: string,
  notes: Omit<VariableNotes, 'description'> = {},
) {
  return schema.meta({ description, ...notes })
}

export const text = z.string().max(4_096)
