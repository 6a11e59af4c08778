import { operations, usualCommandTimeout } from '@stevedore/contract'
import { answerWithJob } from '../../record-job.ts'
import { defineRoute } from '../../route.ts'

export const execCommandRoute = defineRoute(operations.execCommand, {
  handle(call) {
    const { timeout = usualCommandTimeout, ...asked } = call.body
    return answerWithJob(call, { kind: 'run', ...call.params, in: 'replica', timeout, ...asked })
  },
})
