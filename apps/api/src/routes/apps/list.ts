import { appView } from '@stevedore/contract'
import { listApps } from '@stevedore/ledger'
import { pageOf, wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'

export const listAppsRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps',
  name: 'listApps',
  summary: 'The apps that the token reaches.',
  access: { right: 'read', reach: 'scoped' },
  answers: { 200: pageOf(appView) },
  async handle({ edge, token }) {
    const apps = await listApps(edge.ledger)
    return wholePage(apps.filter(({ app }) => canSee(token, { app, environment: null })).map(viewApp))
  },
})
