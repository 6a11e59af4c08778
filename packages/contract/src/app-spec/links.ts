import { z } from 'zod'
import { appName, environmentName } from '../values/names.ts'

/** `billing`, whose environment of the same name is meant, or `billing/staging`. */
const link = z.string().refine(isLink, 'an app, `billing`, or an environment of one, `billing/staging`')

function isLink(text: string): boolean {
  const [app, environment, ...rest] = text.split('/')
  const isNamed = environment === undefined || environmentName.safeParse(environment).success
  return rest.length === 0 && isNamed && appName.safeParse(app).success
}

export const links = z.array(link).min(1).max(20)

/** An environment of an app, at the other end of a link. */
export interface Linked {
  app: string
  environment: string
}

interface Written {
  links?: string[] | undefined
  linkedBy?: string[] | undefined
}

/** The environments that one reaches by links, in the order of their names. @param environment its own name */
export function listLinks({ links: given = [] }: Written, environment: string): Linked[] {
  return readAll(given, environment)
}

/** The environments that may link to one. @param environment its own name */
export function listCallers({ linkedBy = [] }: Written, environment: string): Linked[] {
  return readAll(linkedBy, environment)
}

function readAll(given: readonly string[], own: string): Linked[] {
  return given
    .toSorted()
    .map((text) => text.split('/'))
    .map(([app = '', environment = own]) => ({ app, environment }))
}

export function nameLinked({ app, environment }: Linked): string {
  return `${app}/${environment}`
}

/** What `linkedBy` of one environment says of another: its app alone where the environments have one name. */
export function nameLinkedBy(caller: Linked, { environment }: Pick<Linked, 'environment'>): string {
  return caller.environment === environment ? caller.app : nameLinked(caller)
}

/** Where a linked app is found under its name, on either engine and whatever port it listens on itself. */
export const linkPort = 80

interface Beside extends Written {
  engine: 'docker' | 'kubernetes'
  services?: Record<string, unknown> | undefined
  manifests?: string | undefined
  strategy?: { type: string; controller?: string }
  ingress?: unknown
  networkPolicy?: { from?: unknown } | undefined
}

interface LinkFault {
  path: string[]
  message: string
}

/** What of an environment does not go with its links. */
export function findLinkFaults(value: Beside): LinkFault[] {
  const names = listLinks(value, '').map(({ app }) => app)
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  const meant = names.filter((name) => name === 'localhost' || Object.hasOwn(value.services ?? {}, name))
  return [
    ...[...new Set(twice)].map((name) =>
      tell('links', `${name} is found by its name, which leads to one of its environments: name one`),
    ),
    ...[...new Set(meant)].map((name) =>
      tell('links', `${name} is the name of something else there: a companion, or the machine itself`),
    ),
    ...(value.engine === 'kubernetes' ? findClusterFaults(value) : []),
  ]
}

/** Where the pods are not Stevedore's to write, nothing tells them where an app is; and a policy lets in whom it names. */
function findClusterFaults({ links: to, linkedBy, manifests, strategy, ingress, networkPolicy }: Beside): LinkFault[] {
  const others =
    manifests !== undefined ? 'manifests' : strategy?.controller === 'argo' ? 'controller: argo' : undefined
  const given = [...(to ? (['links'] as const) : []), ...(linkedBy ? (['linkedBy'] as const) : [])]
  const isShut = linkedBy !== undefined && ingress !== undefined && networkPolicy?.from === undefined
  return [
    ...(others === undefined ? [] : given.map((key) => tell(key, `is not for ${others}, whose pods are others'`))),
    ...(isShut
      ? [tell('linkedBy', 'lets in nobody else: name the namespace of the Ingress controller in networkPolicy.from')]
      : []),
  ]
}

function tell(key: 'links' | 'linkedBy', message: string): LinkFault {
  return { path: [key], message }
}
