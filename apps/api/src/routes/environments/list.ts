import { operations } from '@stevedore/contract'
import { type AppRecord, type EnvironmentRecord, listApps, listEnvironments } from '@stevedore/ledger'
import { cutPage, readTextCursor, wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'

export const listEnvironmentsRoute = defineRoute(operations.listEnvironments, {
  async handle({ context: { ledger }, subject: { app, spec }, token }) {
    const places = listPlaces({ app, spec }, await listEnvironments(ledger, app))
    const seen = places.filter((place) => canSee(token, place))
    return wholePage(await Promise.all(seen.map((place) => viewEnvironment(ledger, place, place.record))))
  },
})

export const listAllEnvironmentsRoute = defineRoute(operations.listAllEnvironments, {
  async handle({ context: { ledger }, query, token }) {
    const list = { ledger, name: 'environments', query }
    const after = readTextCursor(list)
    const [apps, records] = await Promise.all([listApps(ledger), listEnvironments(ledger)])
    const byApp = Map.groupBy(records, ({ app }) => app)
    const sought = apps
      .flatMap((app) => listPlaces(app, byApp.get(app.app) ?? []))
      .filter((place) => canSee(token, place) && (after === undefined || nameOf(place) > after))
      .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
    const { items, next } = cutPage(list, sought, nameOf)
    return { items: await Promise.all(items.map((place) => viewEnvironment(ledger, place, place.record))), next }
  },
})

interface Place {
  app: string
  environment: string
  record: EnvironmentRecord | undefined
}

/** Those of the spec, and those that left it and were deployed to. */
function listPlaces({ app, spec }: Pick<AppRecord, 'app' | 'spec'>, found: readonly EnvironmentRecord[]): Place[] {
  const records = new Map(found.map((record) => [record.environment, record]))
  const names = [...new Set([...Object.keys(spec.environments), ...records.keys()])]
  return names.map((environment) => ({ app, environment, record: records.get(environment) }))
}

/** A dot is in no name. */
function nameOf({ app, environment }: Place): string {
  return `${app}.${environment}`
}
