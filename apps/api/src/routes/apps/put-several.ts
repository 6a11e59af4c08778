import { type AppSpec, type DeclaredApp, type Fault, operations, ProblemError, refuseFaults } from '@stevedore/contract'
import { type Declared, putApps } from '@stevedore/ledger'
import { requireReach } from '../../reach.ts'
import { type Call, defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'
import { admitDeclared, toDeclaration } from './declaration.ts'

export const putAppsRoute = defineRoute(operations.putApps, {
  async handle({ context, body: { apps: specs }, token, by }) {
    for (const { app } of specs) requireReach(token, operations.putApps.access.right, { app, environment: null })
    await admitAll(context, token, specs)
    const declared = await putApps(
      context.ledger,
      specs.map((spec) => locate(spec, toDeclaration({ token, by }, spec))),
    )
    return { items: declared.map(viewDeclared) }
  },
})

/** Of all of them what is wrong, at once. */
async function admitAll(context: Call['context'], token: Call['token'], specs: readonly AppSpec[]): Promise<void> {
  const faults: Fault[] = []
  for (const spec of specs)
    await admitDeclared(context, token, spec).catch((error: unknown) => {
      if (!(error instanceof ProblemError && error.faults)) throw error
      faults.push(...error.faults.map((fault) => within(spec, fault)))
    })
  if (faults.length > 0) throw refuseFaults(faults)
}

/** What a ledger's rule refuses of one of them is told where it stands in the file. */
function locate({ app }: AppSpec, declaration: ReturnType<typeof toDeclaration>): typeof declaration {
  const { judge, refuse } = declaration
  return {
    ...declaration,
    judge: (...asked) => tell(app, () => judge?.(...asked)),
    refuse: (...asked) => tell(app, () => refuse?.(...asked)),
  }
}

function tell(app: string, judge: () => void): void {
  try {
    judge()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const { code, message, headers, faults } = error
    const located = faults?.map((fault) => within({ app }, fault))
    throw new ProblemError(code, `apps.${app}: ${message}`, {
      headers,
      ...(located && { faults: located }),
      cause: error,
    })
  }
}

function within({ app }: Pick<AppSpec, 'app'>, fault: Fault): Fault {
  return { ...fault, path: ['apps', app, ...fault.path] }
}

function viewDeclared({ app, created, changed }: Declared): DeclaredApp {
  return { ...viewApp(app), outcome: created ? 'created' : changed ? 'changed' : 'unchanged' }
}
