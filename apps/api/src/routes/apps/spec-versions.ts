import { notFound, operations } from '@stevedore/contract'
import { compareSettings } from '@stevedore/domain'
import { getDeclaration, type Ledger, listSpecVersions } from '@stevedore/ledger'
import { cutPage, readCursor } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewApp, viewSpecVersion } from '../../views/app-view.ts'

export const listSpecVersionsRoute = defineRoute(operations.listSpecVersions, {
  async handle({ context: { ledger }, subject: { app }, query }) {
    const list = { ledger, name: `spec versions ${app}`, query }
    const found = await listSpecVersions(ledger, { app, before: readCursor(list), limit: query.limit + 1 })
    const { items, next } = cutPage(list, found, ({ specVersion }) => specVersion)
    return { items: items.map(viewSpecVersion), next }
  },
})

export const getSpecVersionRoute = defineRoute(operations.getSpecVersion, {
  handle: async ({ context, params: { app, number } }) => viewApp(await findVersion(context.ledger, app, number)),
})

export const compareSpecsRoute = defineRoute(operations.compareSpecs, {
  async handle({ context: { ledger }, params: { app }, query: { from, to } }) {
    const [before, after] = await Promise.all([findVersion(ledger, app, from), findVersion(ledger, app, to)])
    return { from, to, changes: compareSettings(before.spec, after.spec) }
  },
})

/** Throws ProblemError `not-found`. */
async function findVersion(ledger: Ledger, app: string, specVersion: number) {
  const found = await getDeclaration(ledger, app, specVersion)
  if (!found) throw notFound()
  return found
}
