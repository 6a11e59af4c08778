import { operations } from '@stevedore/contract'
import { listEnvironments } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'

export const listEnvironmentsRoute = defineRoute(operations.listEnvironments, {
  async handle({ context: { ledger }, subject: { app, spec }, token }) {
    const records = new Map((await listEnvironments(ledger, app)).map((record) => [record.environment, record]))
    const names = [...new Set([...Object.keys(spec.environments), ...records.keys()])]
    const seen = names.filter((environment) => canSee(token, { app, environment }))
    const view = (environment: string) => viewEnvironment(ledger, { app, environment }, records.get(environment))
    return wholePage(await Promise.all(seen.map(view)))
  },
})
