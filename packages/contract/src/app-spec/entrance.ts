import { z } from 'zod'
import { hostName, refusal } from '../values/names.ts'
import { despiteFaults } from './despite-faults.ts'

/** A host name, or `*.` and one: all names of one label more. */
export const servedName = buildServedName()

function buildServedName(error?: z.core.$ZodErrorMap) {
  return z
    .string({ error })
    .max(253)
    .regex(
      /^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
      'a host name in lower case, or *. and one',
    )
}

/** A name that sends its visitors on to another of the list. */
const redirectingName = z.strictObject({ name: servedName, redirect: hostName })

const nameList = z
  .array(z.union([servedName, redirectingName]))
  .min(1)
  .max(100)
  .superRefine((entries, context) => {
    for (const { path, message } of findNameFaults(entries)) context.addIssue({ code: 'custom', path, message })
  })

/** One name, or several of which the first is the main one. */
export const hostNames = z.union([servedName, nameList])
export type HostNames = z.output<typeof hostNames>

/** Redirects are each ingress controller's own: an annotation that another does not know would have the app answer instead. */
const ingressRedirect = 'an Ingress redirects nothing that every cluster knows: make one of your own for this name'

const ingressName = buildServedName(({ input }) =>
  Object.hasOwn(Object(input), 'redirect') ? ingressRedirect : undefined,
)

/** Of a cluster's Ingress. */
export const ingressNames = z.union([ingressName, z.array(ingressName).min(1).max(100)])

function findNameFaults(entries: (string | z.output<typeof redirectingName>)[]) {
  const { hosts } = sortNames(entries)
  return entries.flatMap((entry, index) =>
    typeof entry === 'string' || isServed(entry.redirect, hosts)
      ? []
      : [{ path: [index, 'redirect'], message: `${entry.redirect} is not a name of this list that is served` }],
  )
}

function isServed(name: string, hosts: string[]): boolean {
  return hosts.includes(name) || hosts.includes(name.replace(/^[^.]+/, '*'))
}

/** What a port speaks. `h2c` is HTTP/2 without TLS, `grpc` is that too and may be silent for as long as a tunnel. */
export const portProtocol = z.enum(['http', 'h2c', 'grpc', 'tcp'])
export type PortProtocol = z.output<typeof portProtocol>

/** A port of the machine that is listened on. */
export const machinePort = z
  .int()
  .max(65_535)
  .refine((value) => value >= 1_024, refusal('policy-violation', 'ports below 1024 are not given out'))

/** A further port of an app's containers, and where its traffic comes in. */
export const dockerPort = z
  .strictObject({
    containerPort: z.int().min(1).max(65_535),
    protocol: portProtocol.default('http'),
    host: hostNames.optional(),
    port: machinePort.optional(),
  })
  .refine((value) => Boolean(value.host) !== Boolean(value.port), {
    error: 'give host or port',
    path: ['port'],
    ...despiteFaults,
  })
  .refine((value) => value.protocol !== 'tcp' || !value.host, {
    error: 'tcp says no name to go by: give port',
    path: ['host'],
    ...despiteFaults,
  })

export const servicePort = z.strictObject({
  containerPort: z.int().min(1).max(65_535),
  protocol: portProtocol.default('http'),
  /** Of the Service; absent: the same number. */
  port: z.int().min(1).max(65_535).optional(),
})

/** The port of a Service that leads to a further port. */
export function servicePortOf({
  port,
  containerPort,
}: Pick<z.output<typeof servicePort>, 'port' | 'containerPort'>): number {
  return port ?? containerPort
}

/** The Service's port 80 is that of the main port. */
export function findServicePortFault(ports: Parameters<typeof servicePortOf>[0][] = []): string | undefined {
  const numbers = [80, ...ports.map(servicePortOf)]
  const repeated = numbers.find((number, index) => numbers.indexOf(number) < index)
  return repeated === undefined ? undefined : `port ${repeated} of the Service is given twice`
}

/** The names that are served, the main one first, and those that send visitors on, each with the name to which. */
export interface SortedNames {
  hosts: string[]
  redirects: Record<string, string>
}

export function sortNames(host: HostNames | undefined): SortedNames {
  const entries = host === undefined ? [] : [host].flat()
  return {
    hosts: entries.filter((entry) => typeof entry === 'string'),
    redirects: Object.fromEntries(
      entries.flatMap((entry) => (typeof entry === 'string' ? [] : [[entry.name, entry.redirect]])),
    ),
  }
}

/** Paths are asked over HTTP/1.1, by the proxy as by a kubelet. */
export function speaksHttp({
  protocol,
  health,
  check,
}: {
  protocol?: unknown
  health?: unknown
  check?: unknown
}): boolean {
  return protocol === undefined || protocol === 'http' || !(Object(health).path || Object(check).path)
}
