import { operations, ProblemError } from '@stevedore/contract'
import { saveUpload } from '@stevedore/ledger'
import { checkArchive, maxSourceFiles } from '@stevedore/source'
import { defineRoute } from '../../route.ts'

export const uploadRoute = defineRoute(operations.uploadSource, {
  unhurried: true,
  async handle({ context, subject, by, request, reply }) {
    const limitBytes = context.config.maxUploadBytes
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      throw new ProblemError('payload-too-large', `At most ${limitBytes} bytes.`)
    const limits = { maxBytes: context.config.maxSourceBytes, maxFiles: maxSourceFiles }
    const stream = checkArchive(request.body as AsyncIterable<Buffer>, limits)
    const saved = await saveUpload(context.ledger, { app: subject.app, stream, limitBytes, by }).catch(refuseUnsafe)
    return reply.code(201).send({ id: saved.id, bytes: saved.bytes })
  },
})

function refuseUnsafe(error: unknown): never {
  const { code, diagnosis } = error as { code?: unknown; diagnosis?: string }
  if (code !== 'bad-archive') throw error
  throw new ProblemError('bad-archive', diagnosis ?? 'It is not safe to unpack.')
}
