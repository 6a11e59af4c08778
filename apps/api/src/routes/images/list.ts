import { type ImageView, imageTags, operations } from '@stevedore/contract'
import { type ImageRecord, listImages } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'

export const listImagesRoute = defineRoute(operations.listImages, {
  async handle({ context, subject: { app }, query: { version, target, limit } }) {
    const filters = { ...(version ? { version } : {}), ...(target ? { target } : {}) }
    return wholePage((await listImages(context.ledger, { app, ...filters, limit })).map(viewImage))
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
    scan: image.scan,
  }
}
