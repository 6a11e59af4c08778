import type { EnvironmentSpec, Scale } from '@stevedore/contract'
import type { RegistryCredential } from './image-engine.ts'
import type { Site } from './site.ts'
import type { WorkContext } from './work-context.ts'

interface ServiceName {
  name: string
  port: number | undefined
}

/** An app in one of its environments. */
export interface Place {
  app: string
  environment: string
  settings: EnvironmentSpec
  /** Counts that a person asked for, by process: of Deployments of manifests no settings hold them. */
  scale?: Scale | null
  /** The process that is meant, with settings of its own, within an engine; absent: web. */
  process?: string
  /**
   * The companion that is meant, with settings of its own, where it takes connections, and those that the environment has beside it. A revision
   * is one of its own then.
   */
  service?: ServiceName & { beside?: ServiceName[] }
}

/** The environment at the other end of a link, as it is declared or runs: that says where it is. */
export type LinkEnd = Pick<Place, 'app' | 'environment' | 'settings'>

/** One revision as an engine runs it. */
export interface Release extends Place {
  revision: number
  version: string
  /** `REGISTRY/NAME@sha256:…`. */
  image: string
  /** Values of the secrets that the settings name. */
  secrets: Record<string, string>
  credential: RegistryCredential | undefined
  /** A folder with the checkout when the settings name manifests. */
  sourceDir?: string
  /** Of a restart: the revision whose manifests it has, as the engine remembers them. */
  again?: number
  /** Where its links lead, as far as the other side lets it in, and whence others' come. Absent: nowhere. */
  linked?: { to: LinkEnd[]; from: LinkEnd[] }
  /** Shown in `kubectl rollout history`. */
  changeCause: string
  /**
   * The limit of memory that it was made with where its settings name none, `1Gi`; null for none. Absent for one that is not made yet:
   * the engine's own.
   */
  defaultMemory?: string | null
}

export interface Replica {
  name: string
  revision: number
  healthy: boolean
  /** The engine's word: `running`, `exited`, `Pending`, … */
  state: string
  /** Why it is not healthy, where known. */
  reason?: string
  host?: string
  /** What it was made of, where the engine tells: as it was given to the engine, and the version that it was labelled with. */
  image?: string
  version?: string
  /** The process that it is of; absent for web. */
  process?: string
}

/** A companion, as an engine sees it. */
export interface ServiceSight extends Omit<Replica, 'process' | 'version' | 'image'> {
  image: string
}

/** What an engine sees of a place at one moment. */
export interface Observation {
  replicas: Replica[]
  /** Companions by name; absent where there are none, and where the engine makes none. */
  services?: ServiceSight[]
  /** Percent of new requests by revision number; sums to 100 where anything is served. */
  traffic: Record<number, number>
  /** Fields that differ from what the newest revision set. */
  drift: { field: string; wanted: string; found: string }[]
  /** Where the app answers. */
  address?: string
  /** Replicas that the place should have where the settings do not decide: an autoscaler's choice, an adopted app's own number. */
  size?: number
  /** Replicas that Deployments of manifests should have beside those that serve; absent where there are none. */
  beside?: number
}

/** What a machine has of any place. */
export interface FoundHost {
  /** As whoever looks after it knows it. */
  host: string
  places: FoundPlace[]
}

/** What is there of some place, whoever brought it. */
export interface FoundPlace extends Pick<Place, 'app' | 'environment'> {
  replicas: number
  /** In ascending order. */
  revisions: number[]
  /** What nobody else can have while it is there: `port 8080`, `host shop.example.com`. */
  claims: string[]
}

export interface LogOptions {
  follow: boolean
  tailLines: number
  /** Of this process alone, `web` among them, or of this companion; absent: of all processes. */
  process?: string | undefined
}

/** One difference that a deploy would make. */
export interface Change {
  action: 'create' | 'update' | 'delete'
  /** `container shop-staging-3-1`, `Deployment shop`. */
  object: string
  fields: { field: string; from?: string; to?: string }[]
}

/** What is run once in a release, beside its replicas. */
export interface Command {
  /** Its words; no shell reads them. */
  words: readonly string[]
  /** For how long it may run. The engine's own limit, where it has one, is a last resort that comes later. */
  timeoutMs: number
  /** With the settings of this process of the release; absent: web's. */
  process?: string | undefined
  /** It is made alone, and begins when `followCommand` brings its terminal. */
  hasTerminal?: boolean | undefined
}

/** What a command with a terminal is typed into. */
export interface TerminalLine {
  /** Resolves when it has taken the piece. */
  write(piece: Buffer): Promise<void>
  resize(size: Terminal['size']): Promise<void>
}

/** The terminal of a command, which stands elsewhere. */
export interface Terminal {
  /** In characters, at first. */
  size: { columns: number; rows: number }
  /** Called when the command takes input. */
  attach(line: TerminalLine): void
  /** Takes what the command prints, in place of the log. Resolves when there is room for more. */
  show(piece: Buffer): Promise<void>
}

/** What is run inside a replica that serves or works, or inside a companion. */
export interface ReplicaCommand extends Pick<Command, 'words'> {
  /** As `observe` has told it, of `replicas` or of `services`. */
  replica: Pick<Replica, 'name' | 'host'>
  terminal?: Terminal
}

/** How a command ended. */
export interface CommandEnd {
  exitCode: number
  /** Which limit it ran into, whose that is, and the next step. */
  excess?: string
}

export interface TrafficSample {
  requests: number
  errors: number
  /** Milliseconds, mean over the window; undefined without requests. */
  latencyMs: number | undefined
}

/** A certificate for an engine's proxies; which names it serves stands in it. */
export interface Certificate {
  name: string
  /** PEM: its own, then those of its chain. */
  chain: string
  /** PEM. Undefined where it cannot be opened: what a proxy has under this name stays. */
  key: string | undefined
  fingerprint: string
  /** Of two that serve one name, the one that was put later is chosen. */
  putAt: Date
}

export interface CertificateRefusal extends Pick<Certificate, 'name' | 'fingerprint'> {
  host?: string
  /** In the proxy's own words. */
  reason: string
}

/** Where an engine gets certificates from, and says which of them its proxies do not take. */
export interface CertificateStore {
  /** All that are to be served; asked when nobody else can change a proxy, so that what it gets is the newest. */
  read(): Promise<Certificate[]>
  noteRefusal(refusal: CertificateRefusal): Promise<void>
}

/** How an engine carries out the plan's actions: what the planner needs to know of it. */
export interface EngineTraits {
  /** `native`: the engine rolls by itself (a K8sDeployment); `stepwise`: the plan spells the replacement out. */
  rolling: 'native' | 'stepwise'
  /** `proxy`: any weight at any size; `replicas`: weights by the ratio of replica counts. */
  weighting: 'proxy' | 'replicas'
}

/**
 * Carries out the actions of a rollout plan. Each is idempotent and works from what it observes, so that another worker can
 * repeat it after a crash; each ends only when its effect has been observed. Failures are `FailureError`s.
 */
export interface DeployEngine {
  traits: EngineTraits

  /**
   * What a place is on; without one all that places were on so far, or that the operator names. Throws a FailureError for a place that is on something which the
   * worker does not know.
   */
  listSites(place?: Place): Site[]

  /** @param options.probe false: no app is asked anything, so that one that hangs holds nobody up; its health is then not known */
  observe(place: Place, signal: AbortSignal, options?: { probe?: boolean }): Promise<Observation>

  /** The exact changes that deploying this release would make, making none. */
  preview(release: Release, signal: AbortSignal): Promise<Change[]>

  /** Refuses what cannot work before anything is touched: image there, port free, rights given. */
  prepare(release: Release, context: WorkContext): Promise<void>

  /** Runs the migration once; a second call for the same revision returns at once when the first succeeded. */
  migrate(release: Release, context: WorkContext): Promise<void>

  /**
   * Begins a command for the context's job, in the release's image and with its settings and secrets, out of reach of its route. Once: where
   * the job's command is there, running or ended, nothing is begun. What was begun goes on when the signal aborts.
   */
  startCommand(release: Release, command: Command, context: WorkContext): Promise<void>

  /**
   * Copies the output of the job's command to the log until it ends, which changes nothing of it, and may be done again. An abort ends the
   * following alone. undefined where there is no such command any more.
   * @param terminal of a command that was made for one: begins it there, and shows its output there in place of the log. Throws `command-lost` where it was begun before, or
   * where it cannot be told any more how it goes on
   */
  followCommand(place: Place, context: WorkContext, terminal?: Terminal): Promise<CommandEnd | undefined>

  /** Ends the job's command where it runs, and removes what is left of it. */
  removeCommand(place: Place, context: WorkContext): Promise<void>

  /**
   * Begins a command inside a replica, or inside the companion that the place names, each time that it is called, and copies its output to the
   * log until it ends. An abort ends the following alone. Throws `replica-missing` where nothing was begun since no such replica runs, `replica-gone` where it ended with the command in it,
   * `command-lost` where it cannot be told any more how the command goes on.
   */
  execCommand(place: Place, command: ReplicaCommand, context: WorkContext): Promise<CommandEnd>

  /**
   * Ends what the context's job has begun in a replica, as far as the image has the programs for it. Without effect where nothing of it runs
   * any more. @returns why it may go on; undefined where nothing does
   */
  endExec(place: Place, replica: ReplicaCommand['replica'], context: WorkContext): Promise<string | undefined>

  /** Makes `count` replicas of the release exist and be healthy; never stops any. */
  scaleUp(release: Release, count: number, context: WorkContext): Promise<void>

  /** Runs the settings' check against a release that has no traffic yet. */
  check(release: Release, context: WorkContext): Promise<void>

  /**
   * Gives each revision its percent of new requests and waits until the route serves it. Only healthy replicas get any.
   * The weights sum to 100.
   */
  route(place: Place, weights: Record<number, number>, context: WorkContext): Promise<void>

  /**
   * Takes all but `count` replicas of a revision out of the route, drains them, stops and removes them; where none is left its processes
   * end as well.
   */
  scaleDown(place: Place, revision: number, count: number, context: WorkContext): Promise<void>

  /** `native` engines: replaces what runs with the release by the engine's own rolling update, and watches until observed. */
  roll(release: Release, context: WorkContext): Promise<void>

  /**
   * Makes the release's processes run and be healthy, one after the other by their names; then lets those of other revisions, and of names
   * that it has no more, end side by side, each with its own time to do so.
   */
  rollProcesses(release: Release, context: WorkContext): Promise<void>

  /** Why processes of what runs cannot have these counts, as far as no settings tell. Absent where those tell all. */
  judgeCounts?(place: Place, counts: Scale, signal: AbortSignal): Promise<string[]>

  /**
   * Replaces the replicas of one of the release's processes by others of it, whatever state those are in: the new ones are healthy before
   * the first is told to end, and those that the context's job has started stay. What does not come up leaves what ran. Those of `web` are replaced one after the
   * other, each served before a former one leaves the route; by `recreate` the former ones end first.
   */
  restartProcess(release: Release, process: string, context: WorkContext): Promise<void>

  /**
   * Makes a companion of this revision run and be healthy, found by its name from all else of its place: what runs so is left as it is. One of
   * another revision is stopped before, since both would have the same volume. Absent where the engine makes none.
   */
  startService?(companion: Release, context: WorkContext): Promise<void>

  /** Makes the release the stable one, the only one beside `keep` (a warm colour), and clears what is left of others. */
  finalize(release: Release, keep: number[], context: WorkContext): Promise<void>

  /** The proxy's own figures of a revision since its last change of weight; undefined where there is no such source. */
  sample(place: Place, revision: number, signal: AbortSignal): Promise<TrafficSample | undefined>

  /**
   * Makes those of the store the certificates that the proxies serve, beside what is there by other ways: the proxies of a place's hosts,
   * or without a place all that there are. One that a proxy refuses is noted and hinders no other. Absent where the way in is not the
   * engine's own: a cluster's ingress has certificates of its own.
   */
  bringCertificates?(store: CertificateStore, context: WorkContext, place?: Place): Promise<void>

  /** Output of what runs, processes included, newest last. */
  logs(place: Place, options: LogOptions, signal: AbortSignal): AsyncIterable<string>

  /**
   * All that there is, by the engine's own marks, of each machine that answers; of clusters, in each namespace that this engine has
   * worked on.
   */
  listPlaces(signal: AbortSignal): Promise<FoundHost[]>

  /** The names of a place's volumes that are there, by the engine's own marks: also those that have left its settings. */
  listVolumes(place: Place, signal: AbortSignal): Promise<string[]>

  /**
   * Removes everything of a place but its volumes.
   * @param options.withData the volumes as well, with all that is in them
   */
  remove(place: Place, context: WorkContext, options?: { withData?: boolean }): Promise<void>
}
