import type { Found } from '@stevedore/domain'
import type { ScanOutput, ScanProgram } from '@stevedore/engine'

/** What a tool's report says, in the words of all tools. Texts are clean and cut. */
export interface ReadReport {
  toolVersion: string | null
  databaseBuiltAt: Date
  found: Found[]
}

export interface ScanTool {
  program: ScanProgram
  /** @throws FailureError `scan-unavailable` for a report that is none */
  readReport(output: ScanOutput): ReadReport
}
