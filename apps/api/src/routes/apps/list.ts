import { operations } from '@stevedore/contract'
import { listApps } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'

export const listAppsRoute = defineRoute(operations.listApps, {
  async handle({ context, token }) {
    const apps = await listApps(context.ledger)
    return wholePage(apps.filter(({ app }) => canSee(token, { app, environment: null })).map(viewApp))
  },
})
