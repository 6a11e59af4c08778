import { operations } from '@stevedore/contract'
import { listKnownWorkers } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewWorker } from '../../views/worker-view.ts'

export const listWorkersRoute = defineRoute(operations.listWorkers, {
  async handle({ context: { ledger } }) {
    return wholePage((await listKnownWorkers(ledger)).map(viewWorker))
  },
})
