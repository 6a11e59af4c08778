import { z } from 'zod'
import { buildReport } from '../jobs/build-report.ts'
import { scanReport } from '../jobs/scan-report.ts'
import { appName, targetName, version } from '../values/names.ts'
import { at, defineOperation } from './operation.ts'
import { digits, pageOf } from './query.ts'

export const imageView = z.object({
  version: z.string(),
  target: z.string(),
  reference: z.string(),
  digest: z.string().nullable(),
  pushedAt: at.nullable(),
  jobId: z.uuid(),
  report: buildReport,
  /** null: it was not scanned. */
  scan: scanReport.nullable(),
})
export type ImageView = z.output<typeof imageView>

export const listImages = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/images',
  summary: 'The images of an app with their build reports, newest first.',
  access: { right: 'read', reach: 'app' },
  params: z.object({ app: appName }),
  query: z.strictObject({
    version: version.optional(),
    target: targetName.optional(),
    limit: digits(1, 1_000).default(100),
  }),
  answers: { 200: pageOf(imageView) },
})
