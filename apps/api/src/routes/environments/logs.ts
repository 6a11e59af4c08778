import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'
import { streamEnvironmentLog } from '../../streams/environment-log.ts'
import { sendStream } from '../../streams/send-stream.ts'

export const environmentLogsRoute = defineRoute(operations.readEnvironmentLog, {
  unhurried: true,
  async handle(call) {
    const { context, params, query } = call
    const wanted = { ...params, follow: query.follow, tailLines: query.tail }
    return sendStream(call, 'text/plain; charset=utf-8', (signal) =>
      streamEnvironmentLog(context, { ...wanted, signal }),
    )
  },
})
