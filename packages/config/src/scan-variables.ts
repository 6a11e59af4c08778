import { z } from 'zod'
import { endpoint } from './values.ts'
import { variable } from './variable.ts'

const artifact = z
  .string()
  .max(512)
  .regex(
    /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)+(:[\w.-]{1,128})?$/,
    'must be a repository with its registry, such as registry.example.com/mirror/trivy-db:2',
  )

/** Where the tools of scans have their databases from, by the names that the tools themselves give it. */
export const scanVariables = {
  TRIVY_DB_REPOSITORY: variable(
    artifact.optional(),
    'A mirror of Trivy’s vulnerability database, such as registry.example.com/mirror/trivy-db:2. Without it the tool’s own.',
  ),
  TRIVY_JAVA_DB_REPOSITORY: variable(
    artifact.optional(),
    'The same of its database of JARs. Without it the tool’s own.',
  ),
  GRYPE_DB_UPDATE_URL: variable(
    endpoint.optional(),
    'A mirror of the listing of Grype’s databases. Without it the tool’s own.',
  ),
}

type ScanVariable = keyof typeof scanVariables

/** Those that are given, as a tool reads them. */
export function readScanEnv(values: { [N in ScanVariable]?: string | undefined }): Record<string, string> {
  const names = Object.keys(scanVariables) as ScanVariable[]
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])))
}
