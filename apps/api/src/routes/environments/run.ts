import { requestScheduled } from '@stevedore/admission'
import { operations, usualCommandTimeout } from '@stevedore/contract'
import { answerWithJob } from '../../record-job.ts'
import { defineRoute } from '../../route.ts'

export const runCommandRoute = defineRoute(operations.runCommand, {
  handle(call) {
    const { app, environment } = call.params
    const { command = [], timeout = usualCommandTimeout, schedule, ...asked } = call.body
    const request =
      schedule === undefined
        ? ({ kind: 'run', app, environment, command, timeout, ...asked } as const)
        : requestScheduled(call.subject.app, environment, schedule)
    return answerWithJob(call, request)
  },
})
