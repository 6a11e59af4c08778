import { z } from 'zod'
import { scanTools } from '../jobs/scan-report.ts'
import { duration } from '../values/duration.ts'
import { pinnedImage } from '../values/names.ts'

const vulnerabilityId = z
  .string()
  .max(80)
  .regex(/^[A-Z][A-Z0-9]*-[A-Za-z0-9][A-Za-z0-9:._-]*$/, 'an id as the tool reports it: CVE-2026-1234, GHSA-…')

/** What does not count; with `until` only through the end of that day, UTC. */
const ignored = z.union(
  [
    vulnerabilityId,
    z.strictObject({
      id: vulnerabilityId,
      until: z.iso.date().optional(),
      reason: z.string().min(1).max(300).optional(),
    }),
  ],
  { error: 'an id such as CVE-2026-1234, or { id, until, reason }' },
)

export const scanSpec = z.strictObject({
  tool: z.enum(scanTools),
  /** The tool's image; a digest says which program judges. */
  image: pinnedImage,
  /** The least severity that fails the build; `never` only reports. */
  fail: z.enum(['low', 'medium', 'high', 'critical', 'never']).default('critical'),
  /** Leaves out what nobody has mended yet. */
  ignoreUnfixed: z.boolean().default(false),
  ignore: z.array(ignored).max(200).default([]),
  timeout: duration('10s', '2h').default('15m'),
})
export type ScanSpec = z.output<typeof scanSpec>
