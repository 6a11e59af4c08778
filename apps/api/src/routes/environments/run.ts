import { operations } from '@stevedore/contract'
import { answerWithJob } from '../../record-job.ts'
import { defineRoute } from '../../route.ts'

export const runCommandRoute = defineRoute(operations.runCommand, {
  handle(call) {
    const { app, environment } = call.params
    return answerWithJob(call, { kind: 'run', app, environment, ...call.body })
  },
})
