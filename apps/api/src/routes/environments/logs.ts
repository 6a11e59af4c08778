import { z } from 'zod'
import { digits, flag } from '../../query.ts'
import { defineRoute } from '../../route.ts'
import { streamEnvironmentLog } from '../../streams/environment-log.ts'
import { sendStream } from '../../streams/send-stream.ts'
import { environmentParams } from './params.ts'

export const environmentLogsRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/logs',
  name: 'readEnvironmentLog',
  summary:
    'The output of what runs in an environment, the last `tail` lines first; with `follow=1` until the client leaves.',
  access: { right: 'read', reach: 'environment' },
  params: environmentParams,
  query: z.strictObject({ tail: digits(0, 10_000).default(100), follow: flag.default(false) }),
  answers: { 200: 'text/plain' },
  unhurried: true,
  async handle(call) {
    const { edge, params, query } = call
    const wish = { ...params, follow: query.follow, tailLines: query.tail }
    return sendStream(call, 'text/plain; charset=utf-8', (signal) => streamEnvironmentLog(edge, { ...wish, signal }))
  },
})
