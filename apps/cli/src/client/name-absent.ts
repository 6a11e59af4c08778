import { type AppView, type OperationName, operations, suggest } from '@stevedore/contract'
import { Refusal } from './refusal.ts'
import type { RequestInput } from './request.ts'

/** The apps that the caller sees. */
type ListApps = () => Promise<AppView[]>

/** What a request was about, by the names that it gave. */
type Names = { app?: string; environment?: string; id?: string; name?: string; number?: string }

/** What is not there, what there is of its kind, and the command that lists that. */
interface Absent {
  what: string
  wanted: string
  known: readonly string[]
  command: string
}

/**
 * The server does not say which of the names it knows nothing of, so that nobody learns what is hidden: whoever gave the names is told
 * what of them is not to be seen, and what may have been meant.
 */
export async function nameAbsent(
  listApps: ListApps,
  operation: OperationName,
  input: RequestInput,
  refusal: Refusal,
): Promise<Refusal> {
  const absent = await findAbsent(listApps, operation, readNames(input))
  if (!absent) return refusal
  const { what, wanted, known, command } = absent
  const message = `There is no ${what}, or it is not for you to see${suggest(wanted, known) || '.'}`
  return new Refusal(refusal.problem, { message, remedy: `\`${command}\` lists what there is.` })
}

function readNames({ params, query, body }: RequestInput): Names {
  const { from, to } = Object(query)
  const compared = from === undefined ? {} : { number: `${from}, or none with ${to}` }
  const given = { ...Object(query), ...compared, ...Object(typeof body === 'object' ? body : {}), ...params }
  return Object.fromEntries(
    (['app', 'environment', 'id', 'name', 'number'] as const).flatMap((key) =>
      given[key] === undefined ? [] : [[key, String(given[key])]],
    ),
  )
}

async function findAbsent(
  listApps: ListApps,
  operation: OperationName,
  { app, environment, id, name, number }: Names,
): Promise<Absent | undefined> {
  const of = (kind: string, wanted: string, command: string) => ({
    what: `${kind} ${wanted}`,
    wanted,
    known: [],
    command,
  })
  if (id !== undefined && app === undefined)
    return operations[operation].url.startsWith('/v1/jobs')
      ? of('job', id, 'stevedore jobs')
      : of('token', id, 'stevedore token list')
  // Where they cannot be listed the refusal stands without them.
  const apps = await listApps().catch(() => [])
  const found = apps.find((one) => one.app === app)
  if (app !== undefined && !found)
    return { ...of('app named', app, 'stevedore status'), known: apps.map((one) => one.app) }
  if (id !== undefined) return of(`webhook of ${app} with the number`, id, `stevedore deliveries ${app}`)
  if (name !== undefined)
    return operations[operation].url.startsWith('/v1/certificates')
      ? of('certificate', name, 'stevedore certificate list')
      : of('secret', name, 'stevedore secret list')
  if (app === undefined || (environment ?? number) === undefined) return undefined
  if (environment === undefined)
    return of(`version of the spec of ${app} with the number`, number ?? '', `stevedore spec ${app} --versions`)
  const environments = Object.keys(found?.spec.environments ?? {})
  const known = environments.filter((one) => one !== environment)
  if (number === undefined || known.length === environments.length)
    return { ...of(`environment of ${app} named`, environment, `stevedore status ${app}`), known }
  return of(`revision of ${app} ${environment} with the number`, number, `stevedore history ${app} ${environment}`)
}
