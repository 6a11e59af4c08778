import { operations } from '@stevedore/contract'
import { listApps, listEnvironments } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewListedApp } from '../../views/app-view.ts'

export const listAppsRoute = defineRoute(operations.listApps, {
  async handle({ context, token }) {
    const [apps, environments] = await Promise.all([listApps(context.ledger), listEnvironments(context.ledger)])
    const seen = environments.filter(({ app, environment }) => canSee(token, { app, environment }))
    const byApp = Map.groupBy(seen, ({ app }) => app)
    const reached = apps.filter(({ app }) => canSee(token, { app, environment: null }))
    return wholePage(reached.map((app) => viewListedApp(app, byApp.get(app.app) ?? [])))
  },
})
