import { operations } from '@stevedore/contract'
import { getRevision, type Ledger, listEnvironments } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'

export const listEnvironmentsRoute = defineRoute(operations.listEnvironments, {
  async handle({ context: { ledger }, subject: { app, spec }, token }) {
    const records = new Map((await listEnvironments(ledger, app)).map((record) => [record.environment, record]))
    const names = [...new Set([...Object.keys(spec.environments), ...records.keys()])]
    const seen = names.filter((environment) => canSee(token, { app, environment }))
    return wholePage(await Promise.all(seen.map((environment) => view(ledger, app, environment))))

    async function view(ledger: Ledger, app: string, environment: string) {
      const record = records.get(environment)
      const number = record?.currentRevision ?? null
      const current = number === null ? undefined : await getRevision(ledger, app, environment, number)
      return viewEnvironment({ app, environment }, record, current)
    }
  },
})
