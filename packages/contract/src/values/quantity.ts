import { z } from 'zod'

const cpuForm = /^(\d{1,6}m|\d{1,4}(\.\d{1,3})?)$/
const memoryForm = /^(\d{1,15})(Ki|Mi|Gi|Ti|k|M|G|T)?$/
const memoryUnits = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const

/** CPU cores of a Kubernetes quantity: `250m` is 0.25. */
export function cpuCores(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
}

/** Bytes of a Kubernetes memory quantity: `512Mi` is 536870912. */
export function memoryBytes(text: string): number {
  const match = memoryForm.exec(text)
  if (!match) throw new RangeError(`not a memory quantity: ${text}`)
  return Number(match[1]) * (match[2] ? memoryUnits[match[2] as keyof typeof memoryUnits] : 1)
}

/** At least what a file system takes for itself. */
export const storageQuantity = z
  .string()
  .regex(memoryForm, 'a number of bytes, or one with a unit: 500Mi, 10Gi')
  .refine((text) => !memoryForm.test(text) || memoryBytes(text) >= 2 ** 20, { error: 'must be at least 1Mi' })

export const cpuQuantity = z.string().regex(cpuForm, 'cores (1.5) or millicores (250m)')
export const memoryQuantity = z
  .string()
  .regex(memoryForm, 'a number of bytes, or one with a unit: 512Mi, 1Gi')
  .refine((text) => !memoryForm.test(text) || memoryBytes(text) >= 6 * 2 ** 20, { error: 'must be at least 6Mi' })
