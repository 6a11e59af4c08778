import { operations } from '@stevedore/contract'
import { requireReach } from '../../reach.ts'
import { answerWithJob } from '../../record-job.ts'
import { requireRightOverData } from '../../right-over-data.ts'
import { defineRoute } from '../../route.ts'

export const createJobRoute = defineRoute(operations.createJob, {
  async handle(call) {
    const { body, token } = call
    const environment = 'environment' in body ? body.environment : null
    requireReach(token, 'deploy', { app: body.app, environment })
    requireRightOverData(token, body)
    return answerWithJob(call, body)
  },
})
