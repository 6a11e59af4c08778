import type { ScanSpec } from '@stevedore/contract'
import { grype } from './grype.ts'
import type { ScanTool } from './scan-tool.ts'
import { trivy } from './trivy.ts'

export const tools: Record<ScanSpec['tool'], ScanTool> = { trivy, grype }
