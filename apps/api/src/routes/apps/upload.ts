import { appName, ProblemError } from '@stevedore/contract'
import { saveUpload } from '@stevedore/ledger'
import { checkArchive, maxSourceFiles } from '@stevedore/source'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'

const uploadView = z.object({ id: z.uuid(), bytes: z.int() })

export const uploadRoute = defineRoute({
  method: 'POST',
  url: '/v1/apps/:app/uploads',
  name: 'uploadSource',
  summary:
    'Upload a tar archive to build from; a build names it as `upload`. One that is not safe to unpack is refused.',
  access: { right: 'deploy', reach: 'app' },
  params: z.object({ app: appName }),
  bodyAs: { kind: 'stream', mediaTypes: ['application/x-tar', 'application/octet-stream'] },
  answers: { 201: uploadView },
  unhurried: true,
  async handle({ edge, subject, by, request, reply }) {
    const limitBytes = edge.config.maxUploadBytes
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      throw new ProblemError('payload-too-large', `At most ${limitBytes} bytes.`)
    const limits = { maxBytes: edge.config.maxSourceBytes, maxFiles: maxSourceFiles }
    const stream = checkArchive(request.body as AsyncIterable<Buffer>, limits)
    const saved = await saveUpload(edge.ledger, { app: subject.app, stream, limitBytes, by }).catch(refuseUnsafe)
    return reply.code(201).send({ id: saved.id, bytes: saved.bytes })
  },
})

function refuseUnsafe(error: unknown): never {
  const { code, diagnosis } = error as { code?: unknown; diagnosis?: string }
  if (code !== 'bad-archive') throw error
  throw new ProblemError('bad-archive', diagnosis ?? 'It is not safe to unpack.')
}
