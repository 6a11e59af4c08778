import { appName, type ImageView, imageTags, imageView, targetName, version } from '@stevedore/contract'
import { type ImageRecord, listImages } from '@stevedore/ledger'
import { z } from 'zod'
import { pageOf, wholePage } from '../../page.ts'
import { digits } from '../../query.ts'
import { defineRoute } from '../../route.ts'

export const listImagesRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app/images',
  name: 'listImages',
  summary: 'The images of an app with their build reports, newest first.',
  access: { right: 'read', reach: 'app' },
  params: z.object({ app: appName }),
  query: z.strictObject({
    version: version.optional(),
    target: targetName.optional(),
    limit: digits(1, 1_000).default(100),
  }),
  answers: { 200: pageOf(imageView) },
  async handle({ edge, subject: { app }, query: { version, target, limit } }) {
    const filters = { ...(version ? { version } : {}), ...(target ? { target } : {}) }
    return wholePage((await listImages(edge.ledger, { app, ...filters, limit })).map(viewImage))
  },
})

function viewImage(image: ImageRecord): ImageView {
  const [reference] = imageTags(image.registry, image.name, image.version, image.target)
  return {
    version: image.version,
    target: image.target,
    reference,
    digest: image.digest,
    pushedAt: image.pushedAt?.toISOString() ?? null,
    jobId: image.jobId,
    report: image.report,
  }
}
