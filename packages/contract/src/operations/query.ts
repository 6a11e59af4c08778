import { z } from 'zod'

/** A whole number written in plain digits. */
export function digits(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

export const limit = digits(1, 200).default(50).meta({ description: 'How many, at most 200.' })

/** Where a list goes on: what the last answer gave as `next`. Opaque to callers. */
export const cursor = z.string().regex(/^c\d{1,15}\.[\w-]{16}$/, 'a cursor as an earlier answer gave it')

/** The same of a list that is ordered by app and environment. */
export const placeCursor = z
  .string()
  .regex(/^c[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}\.[\w-]{16}$/, 'a cursor as an earlier answer gave it')

/** One or more of these words, with commas between them. */
export function words<W extends string>(known: readonly [W, ...W[]]) {
  const isKnown = (text: string): text is W => (known as readonly string[]).includes(text)
  return z
    .string()
    .max(200)
    .refine((text) => text.split(',').every(isKnown), {
      error: `takes one or more of ${known.join(', ')}, with commas between them`,
    })
    .transform((text) => text.split(',').filter(isKnown))
}

export const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true')

/** A part of a list in the order that its operation says. `next` is the cursor of the following part, null at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}
export interface Page<T> {
  items: T[]
  next: string | null
}
