import { z } from 'zod'
import { durationMs, form } from './duration-ms.ts'

/** A written duration between two bounds, kept as written. */
export function duration(min: string, max: string) {
  return z
    .string()
    .regex(form, 'a number and a unit: 500ms, 30s, 10m, 2h, 30d')
    .refine(
      (text) => !form.test(text) || (durationMs(text) >= durationMs(min) && durationMs(text) <= durationMs(max)),
      {
        error: `must lie between ${min} and ${max}`,
      },
    )
}
