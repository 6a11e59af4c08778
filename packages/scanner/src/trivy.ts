import { scanPaths } from '@stevedore/engine'
import { z } from 'zod'
import { cleanOptional, cleanText, readJson, readSeverity, readTime } from './read-json.ts'
import type { ScanTool } from './scan-tool.ts'

const vulnerability = z.object({
  VulnerabilityID: z.string(),
  VendorIDs: z.array(z.string()).nullish(),
  PkgName: z.string(),
  InstalledVersion: z.string().default(''),
  FixedVersion: z.string().optional(),
  Severity: z.string().optional(),
})

/** Of schema version 2, which Trivy writes since 0.20; what has no packages has no results. */
const report = z.object({
  SchemaVersion: z.literal(2),
  Trivy: z.object({ Version: z.string().optional() }).nullish(),
  Results: z.array(z.object({ Vulnerabilities: z.array(vulnerability).nullish() })).nullish(),
})

/** The database's `metadata.json`. */
const metadata = z.object({ UpdatedAt: z.string() })

export const trivy: ScanTool = {
  program: {
    env: {
      HOME: scanPaths.temp,
      TMPDIR: scanPaths.temp,
      TRIVY_CACHE_DIR: scanPaths.database,
      // Beside the database, which a scan may not write.
      TRIVY_CACHE_BACKEND: 'memory',
      TRIVY_NO_PROGRESS: 'true',
      TRIVY_SKIP_VERSION_CHECK: 'true',
      TRIVY_DISABLE_TELEMETRY: 'true',
      // Time is the step's to limit.
      TRIVY_TIMEOUT: '24h',
    },
    update: ['image', '--download-db-only'],
    scan: [
      'image',
      ...['--input', scanPaths.archive],
      ...['--format', 'json', '--output', scanPaths.report],
      ...['--scanners', 'vuln', '--offline-scan', '--skip-db-update', '--skip-java-db-update'],
    ],
    // Large, and of use to images with JARs alone.
    findLack: (words) => (/java[- ]?db/i.test(words) ? ['image', '--download-java-db-only'] : undefined),
    databaseFile: 'db/metadata.json',
  },
  readReport({ report: text, databaseFile = '{}', toolVersion }) {
    const { Trivy, Results } = readJson('the report', text, report)
    const { UpdatedAt } = readJson('what the database says of itself', databaseFile, metadata.partial())
    const all = (Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? [])
    return {
      toolVersion: cleanOptional(Trivy?.Version ?? toolVersion),
      databaseBuiltAt: readTime(UpdatedAt),
      found: all.map((one) => ({
        id: cleanText(one.VulnerabilityID),
        aliases: one.VendorIDs ?? [],
        severity: readSeverity(one.Severity),
        package: cleanText(one.PkgName),
        installed: cleanText(one.InstalledVersion),
        fixed: cleanOptional(one.FixedVersion),
      })),
    }
  },
}
