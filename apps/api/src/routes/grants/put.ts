import { nameRepository, operations } from '@stevedore/contract'
import { putGrant } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewGrant } from '../../views/grant-view.ts'

export const putGrantRoute = defineRoute(operations.putGrant, {
  async handle({ context: { ledger }, body, by }) {
    return viewGrant(await putGrant(ledger, { ...body, ...nameResource(body), by }))
  },
})

/** By the name under which all ways of writing it are kept. */
export function nameResource<K extends string>({
  kind,
  name,
  context = '',
}: {
  kind: K
  name: string
  context?: string | undefined
}) {
  return { kind, name: kind === 'repository' ? nameRepository(name) : name, context }
}
