import { z } from 'zod'
import { severities } from './severities.ts'

/** The tools that a scan can be made with. */
export const scanTools = ['trivy', 'grype'] as const

/** One vulnerability of one package. */
export const scanFinding = z.strictObject({
  /** `CVE-2026-1234`, `GHSA-…`: the name by which the spec can ignore it. */
  id: z.string(),
  severity: z.enum(severities),
  package: z.string(),
  installed: z.string(),
  /** The first versions without it; null while there is none. */
  fixed: z.string().nullable(),
})
export type ScanFinding = z.output<typeof scanFinding>

const counts = z.strictObject({
  unknown: z.int(),
  low: z.int(),
  medium: z.int(),
  high: z.int(),
  critical: z.int(),
})

/** How many of the findings a report keeps, the worst. */
export const mostFindings = 20

/** What a scan found in an image, kept with it: counts, and the worst findings. */
export const scanReport = z.strictObject({
  tool: z.enum(scanTools),
  /** The tool's image, by digest. */
  image: z.string(),
  /** What the tool calls itself; null where it does not say. */
  toolVersion: z.string().nullable(),
  /** When the vulnerability database was made. */
  databaseBuiltAt: z.iso.datetime(),
  scannedAt: z.iso.datetime(),
  /** Of what counts: neither ignored nor, where the spec says so, unfixed. */
  counts,
  /** How many the spec's `ignore` left out. */
  ignored: z.int(),
  /** How many had no fix and were left out for it. */
  unfixed: z.int(),
  /** What was ignored until a day that is over, was found and counts again. */
  expired: z.array(z.string()),
  findings: z.array(scanFinding),
})
export type ScanReport = z.output<typeof scanReport>
