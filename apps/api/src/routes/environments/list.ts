import { appName, environmentView } from '@stevedore/contract'
import { getRevision, type Ledger, listEnvironments } from '@stevedore/ledger'
import { z } from 'zod'
import { pageOf, wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'

export const listEnvironmentsRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app/environments',
  name: 'listEnvironments',
  summary: 'The environments of an app, those that left its spec but were deployed to included.',
  access: { right: 'read', reach: 'app' },
  params: z.object({ app: appName }),
  answers: { 200: pageOf(environmentView) },
  async handle({ edge: { ledger }, subject: { app, spec }, token }) {
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
