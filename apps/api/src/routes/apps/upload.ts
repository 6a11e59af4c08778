import { appName, ProblemError } from '@stevedore/contract'
import { saveUpload } from '@stevedore/ledger'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'

const uploadView = z.object({ id: z.uuid(), bytes: z.int() })

export const uploadRoute = defineRoute({
  method: 'POST',
  url: '/v1/apps/:app/uploads',
  name: 'uploadSource',
  summary: 'Upload a tar archive to build from; a build names it as `upload`.',
  access: { right: 'deploy', reach: 'app' },
  params: z.object({ app: appName }),
  bodyAs: { kind: 'stream', mediaTypes: ['application/x-tar', 'application/octet-stream'] },
  answers: { 201: uploadView },
  unhurried: true,
  async handle({ edge, subject, by, request, reply }) {
    const limitBytes = edge.config.maxUploadBytes
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      throw new ProblemError('payload-too-large', `At most ${limitBytes} bytes.`)
    const stream = request.body as AsyncIterable<Buffer>
    const saved = await saveUpload(edge.ledger, { app: subject.app, stream, limitBytes, by })
    return reply.code(201).send({ id: saved.id, bytes: saved.bytes })
  },
})
