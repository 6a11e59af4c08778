import { z } from 'zod'
import { cpuQuantity, memoryQuantity } from '../values/quantity.ts'

const quantities = z.strictObject({ cpu: cpuQuantity.optional(), memory: memoryQuantity.optional() })

/** What a container is given, and what it may not exceed. */
export const resources = z.strictObject({ requests: quantities.optional(), limits: quantities.optional() })
