import { type Linked, listCallers, listLinks, nameLinked } from '@stevedore/contract'
import { listLinking, noteLinks } from '@stevedore/domain'
import type { LinkEnd, Place, Release } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'

async function listRunning({ ledger }: Run, app: string) {
  const claimants = await ledger.readFacts(app).listClaimants()
  return claimants.filter(({ declaredAt }) => declaredAt === undefined)
}

/** What of the links of an environment leads nowhere yet. */
export async function tellLinks(run: Run, { app, environment, settings }: Place): Promise<string[]> {
  if (listLinks(settings, environment).length === 0) return []
  return noteLinks({ app, environment, settings }, await listRunning(run, app))
}

/** Who links to an environment, as `APP/ENVIRONMENT`. */
export async function findLinking(
  run: Run,
  { app, environment }: Pick<Place, 'app' | 'environment'>,
): Promise<string[]> {
  return listLinking({ app, environment }, await listRunning(run, app))
}

/** The other ends of a place's links, for engines that have to know where they are. What runs says that before what is declared. */
export async function findLinked(run: Run, place: Place): Promise<Pick<Release, 'linked'>> {
  const { app, environment, settings } = place
  const [links, callers] = [listLinks(settings, environment), listCallers(settings, environment)]
  if (links.length + callers.length === 0) return {}
  const all = await run.ledger.readFacts(app).listClaimants()
  const find = (one: Linked) => all.filter((other) => nameLinked(other) === nameLinked(one))
  const isLetIn = (to: Linked) => find(to).some((other) => other.declaredAt !== undefined && letsIn(other, place))
  return {
    linked: {
      to: links.filter(isLetIn).flatMap((to) => find(to).slice(0, 1).map(toEnd)),
      from: callers.flatMap((one) => find(one).map(toEnd)),
    },
  }
}

function letsIn({ environment, settings }: LinkEnd, caller: Linked): boolean {
  return listCallers(settings, environment).some((one) => nameLinked(one) === nameLinked(caller))
}

function toEnd({ app, environment, settings }: LinkEnd): LinkEnd {
  return { app, environment, settings }
}
