import { z } from 'zod'
import { duration } from '../values/duration.ts'
import { durationMs } from '../values/duration-ms.ts'
import { environmentValue, kubernetesName, refusal, relativePath, secretName, settingName } from '../values/names.ts'
import { argumentList, command } from './command.ts'
import { findServiceFaults, services } from './companions.ts'
import { despiteFaults } from './despite-faults.ts'
import {
  dockerPort,
  findServicePortFault,
  hostNames,
  ingressNames,
  machinePort,
  portProtocol,
  servicePort,
  speaksHttp,
} from './entrance.ts'
import { files, findFileFaults } from './files.ts'
import { findLinkFaults, links } from './links.ts'
import { collectNamesAndPorts, findRepeats } from './list-entrances.ts'
import { networkPolicy } from './network-policy.ts'
import { findProcessFaults, processes } from './processes.ts'
import { resources } from './quantities.ts'
import { accountId, capability, fromImage } from './run-as.ts'
import { schedules } from './schedules.ts'
import { defaultStrategy, strategy } from './strategy.ts'
import { chooseStrategy, findVolumeFaults, volumes, writablePath } from './volumes.ts'

/** Of the app itself; where it runs is not said, so no other address can be meant. */
const httpPath = z
  .string()
  .max(500)
  .regex(/^\/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$/, 'a path from /')

export const health = z
  .strictObject({
    /** HTTP: any status from 200 to 399 is healthy. */
    path: httpPath.optional(),
    command: command.optional(),
    /** How often a replica is asked while a deploy waits for it, or once it has failed. */
    interval: duration('100ms', '5m').default('1s'),
    /** How often one that runs well is asked; never more often than `interval`. */
    steadyInterval: duration('1s', '1h').default('10s'),
    timeout: duration('100ms', '1m').default('2s'),
    /** Successes in a row that make a replica healthy. */
    threshold: z.int().min(1).max(20).default(2),
    /** A replica that is not healthy by then fails the deploy. */
    deadline: duration('1s', '1h').default('60s'),
  })
  .refine((value) => !(value.path && value.command), {
    error: 'give path or command, not both',
    path: ['command'],
    ...despiteFaults,
  })

export const migrate = z.strictObject({ command, timeout: duration('1s', '6h').default('10m') })

export const check = z
  .strictObject({
    path: httpPath.optional(),
    command: command.optional(),
    timeout: duration('1s', '1h').default('1m'),
  })
  .refine((value) => Boolean(value.path) !== Boolean(value.command), {
    error: 'give path or command',
    ...despiteFaults,
  })

const common = {
  replicas: z.int().min(1).max(100).default(1),
  containerPort: z.int().min(1).max(65_535).default(8080),
  /** What `containerPort` speaks; absent: http. */
  protocol: portProtocol.optional(),
  /** In place of the image's entrypoint, and of its arguments as well. */
  command: command.optional(),
  /** In place of the image's arguments. */
  args: argumentList.optional(),
  strategy: strategy.default(defaultStrategy('rolling')),
  health: health.prefault({}),
  env: z.record(settingName, environmentValue).default({}),
  secrets: z.array(secretName).max(100).default([]),
  resources: resources.optional(),
  /** Numeric, and never root unless `allowRoot` says so in plain words. Absent: the image's, or 1000 where that would be root. */
  user: accountId.optional(),
  allowRoot: z.boolean().default(false),
  capabilities: z.array(capability).max(50).optional(),
  /** A first process that ends orphans and passes signals on, for apps that do neither. */
  init: z.boolean().optional(),
  /** Paths that stay writable (in memory) when the root file system is read-only. */
  writablePaths: z.array(writablePath).max(20).default([]),
  readOnlyRoot: z.boolean().default(true),
  /** What outlives its containers, by name: each is mounted at a path. */
  volumes: volumes.optional(),
  /** What a revision brings beside its image, by the paths in its containers. */
  files: files.optional(),
  /** What runs beside the environment's own replicas, by name; no way leads to it. */
  processes: processes.optional(),
  /** What is made once of a ready image, and found by its name in the environment's own network. */
  services: services.optional(),
  /** Other apps that are found by their names in the environment's own network; each says so too. */
  links: links.optional(),
  /** Whose links may lead here. */
  linkedBy: links.optional(),
  /** How long requests and long-lived connections of a leaving replica may take to end. */
  drain: duration('0s', '1h').default('10s'),
  /** How long an app has between SIGTERM and SIGKILL. Absent: as long as `drain`, at least 10 s. */
  stopTimeout: duration('1s', '1h').optional(),
  /** Runs against the new revision before it gets traffic. */
  check: check.optional(),
  /** Runs once per revision before the switch. */
  migrate: migrate.optional(),
  /** Commands that are run at times of their own, by name. */
  schedules: schedules.optional(),
  approval: z.enum(['required', 'none']).default('none'),
  /** Who asked for a deploy may also approve it. Absent: another person has to. */
  selfApproval: z.boolean().optional(),
  /** `latest`: a newer deploy supersedes one that waits; `all` runs each in order. */
  queue: z.enum(['latest', 'all']).default('latest'),
  onFailure: z.enum(['rollback', 'stop']).default('rollback'),
  /** The whole deploy, pauses excepted, must end within this. */
  timeout: duration('10s', '24h').default('15m'),
  fromImage: fromImage.optional().refine((value): boolean => value === undefined, { error: 'is set by Stevedore' }),
}

function isRootSaid(value: { user?: number | undefined; allowRoot: boolean }): boolean {
  return value.user !== 0 || value.allowRoot
}
const rootUnsaid = { ...refusal('policy-violation', 'user 0 needs allowRoot: true'), ...despiteFaults }

const httpUnspoken = {
  error: 'a path is asked over HTTP/1.1, which this protocol is not: give command, or neither',
  path: ['health', 'path'],
  ...despiteFaults,
}
const nameUntold = (path: string[]) => ({ error: 'tcp says no name to go by: give port', path, ...despiteFaults })

interface SettingFault {
  path: string[]
  message: string
  params?: { code: string }
}

/** What does not go with something else of the settings. */
function tell<V>(find: (value: V) => SettingFault[]) {
  return (value: V, context: z.RefinementCtx): void => {
    for (const fault of find(value)) context.addIssue({ code: 'custom', ...fault })
  }
}

export const dockerEnvironment = z
  .strictObject({
    engine: z.literal('docker'),
    /** The names that the proxy routes by. */
    host: hostNames.optional(),
    /** A port of the machine that the proxy listens on for this environment alone. */
    port: machinePort.optional(),
    /** Further ports of the containers, each with its own way in. */
    ports: z.array(dockerPort).min(1).max(20).optional(),
    /** Names of Docker hosts that the worker knows; absent: its own engine. */
    hosts: z.array(kubernetesName).min(1).max(50).optional(),
    ...common,
  })
  .refine((value) => !(value.host && value.port), {
    error: 'give host or port, not both',
    path: ['port'],
    ...despiteFaults,
  })
  .refine(isRootSaid, rootUnsaid)
  .refine(speaksHttp, httpUnspoken)
  .refine((value) => value.protocol !== 'tcp' || !value.host, nameUntold(['host']))
  .superRefine((value, context) => {
    for (const claim of findRepeats(collectNamesAndPorts(value)))
      context.addIssue({
        code: 'custom',
        path: [claim.startsWith('port ') ? 'ports' : 'host'],
        message: `${claim} is given twice`,
      })
  })
  .superRefine(tell(findVolumeFaults))
  .superRefine(tell(findFileFaults))
  .superRefine(tell(findServiceFaults))
  .superRefine(tell(findLinkFaults))
  .superRefine(tell(findProcessFaults))

export const kubernetesEnvironment = z
  .strictObject({
    engine: z.literal('kubernetes'),
    namespace: kubernetesName,
    context: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[A-Za-z0-9@._:/-]+$/, 'a kubeconfig context')
      .optional(),
    /** Further ports of the containers, on the Service. */
    ports: z.array(servicePort).min(1).max(20).optional(),
    /** Adopts this Deployment when it exists and Stevedore did not make it. Default: the app's name. */
    deployment: kubernetesName.optional(),
    service: kubernetesName.optional(),
    /** The container to change in an adopted Deployment with several. */
    container: kubernetesName.optional(),
    ingress: z
      .strictObject({ host: ingressNames, tls: kubernetesName.optional(), class: kubernetesName.optional() })
      .optional(),
    autoscale: z
      .strictObject({ cpu: z.int().min(1).max(100), min: z.int().min(1).max(100), max: z.int().min(1).max(1_000) })
      .refine((value) => !(value.min > value.max), {
        error: 'min must not exceed max',
        path: ['min'],
        ...despiteFaults,
      })
      .optional(),
    /** Who may come in, and where the pods may go. */
    networkPolicy: networkPolicy.optional(),
    /** A file or folder of manifests, or a kustomization, in the source: the base whose image is replaced. */
    manifests: relativePath.optional(),
    /** Takes over fields that another manager owns. */
    force: z.boolean().default(false),
    ...common,
  })
  .refine(isRootSaid, rootUnsaid)
  .refine(speaksHttp, httpUnspoken)
  .refine((value) => value.protocol !== 'tcp' || !value.ingress, nameUntold(['ingress']))
  .superRefine(({ ports }, context) => {
    const message = findServicePortFault(ports)
    if (message) context.addIssue({ code: 'custom', path: ['ports'], message })
  })
  .superRefine(tell(findVolumeFaults))
  .superRefine(tell(findFileFaults))
  .superRefine(tell(findServiceFaults))
  .superRefine(tell(findLinkFaults))
  .superRefine(tell(findProcessFaults))

const ofEngine = z.discriminatedUnion('engine', [dockerEnvironment, kubernetesEnvironment])

/** What has a volume of its own is replaced by stopping it first, unless its strategy is said. */
export const environmentSpec = z.preprocess(
  (value: z.input<typeof ofEngine>) => chooseStrategy(value) as z.input<typeof ofEngine>,
  ofEngine,
)

export type Health = z.output<typeof health>
export type Resources = z.output<typeof resources>
export type DockerEnvironment = z.output<typeof dockerEnvironment>
export type KubernetesEnvironment = z.output<typeof kubernetesEnvironment>
export type EnvironmentSpec = z.output<typeof environmentSpec>

/** How often a replica is asked that runs well. */
export function steadyIntervalMs({ interval, steadyInterval }: Pick<Health, 'interval' | 'steadyInterval'>): number {
  return Math.max(durationMs(interval), durationMs(steadyInterval))
}
