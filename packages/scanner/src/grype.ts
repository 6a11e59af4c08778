import { scanPaths } from '@stevedore/engine'
import { z } from 'zod'
import { cleanOptional, cleanText, readJson, readSeverity, readTime } from './read-json.ts'
import type { ScanTool } from './scan-tool.ts'

const match = z.object({
  vulnerability: z.object({
    id: z.string(),
    severity: z.string().optional(),
    fix: z.object({ versions: z.array(z.string()).nullish() }).nullish(),
  }),
  relatedVulnerabilities: z.array(z.object({ id: z.string() })).nullish(),
  artifact: z.object({ name: z.string(), version: z.string().default('') }),
})

/** The database says of itself when it was built: since its sixth schema one step further in. */
const database = z.object({ built: z.string().optional(), status: z.object({ built: z.string() }).partial().nullish() })

const report = z.object({
  matches: z.array(match),
  descriptor: z.object({ version: z.string().optional(), db: database.nullish() }),
})

export const grype: ScanTool = {
  program: {
    env: {
      HOME: scanPaths.temp,
      TMPDIR: scanPaths.temp,
      GRYPE_DB_CACHE_DIR: scanPaths.database,
      GRYPE_DB_AUTO_UPDATE: 'false',
      // Its age is judged here, which says by how much it is too old.
      GRYPE_DB_VALIDATE_AGE: 'false',
      GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    },
    update: ['db', 'update'],
    scan: [`docker-archive:${scanPaths.archive}`, '--output', 'json', '--file', scanPaths.report],
    findLack: () => undefined,
    databaseFile: undefined,
  },
  readReport({ report: text, toolVersion }) {
    const { matches, descriptor } = readJson('the report', text, report)
    return {
      toolVersion: cleanOptional(descriptor.version ?? toolVersion),
      databaseBuiltAt: readTime(descriptor.db?.status?.built ?? descriptor.db?.built),
      found: matches.map(({ vulnerability: { id, severity, fix }, relatedVulnerabilities, artifact }) => ({
        id: cleanText(id),
        aliases: (relatedVulnerabilities ?? []).map((one) => one.id),
        severity: readSeverity(severity),
        package: cleanText(artifact.name),
        installed: cleanText(artifact.version),
        fixed: cleanOptional(fix?.versions?.join(', ')),
      })),
    }
  },
}
