/** Where a value stands in a spec: `['environments', 'staging', 'containerPort']`. */
export type Path = readonly string[]

export interface Comment {
  path: Path
  text: string
}

/** Something of a project that its spec does not say, and why. */
export interface LeftOut {
  what: string
  why: string
}

/** A spec in the making: what it says, where each of it comes from, what it does not say, and what a person has to decide. */
export interface Draft {
  app: string
  environment: string
  engine: 'docker' | 'kubernetes'
  spec: Record<string, unknown>
  comments: Comment[]
  leftOut: LeftOut[]
  toDecide: Comment[]
  /** Companions that other apps of the project use as well, with those. */
  sharedWith: Map<string, readonly string[]>
  /** Companions whose digest was asked for, and why no registry told it. */
  askedInVain: Map<string, string>
  /** What its image says of what it runs; a base image may say more. */
  runs: { hasEntrypoint: boolean; hasCommand: boolean }
}

export function createDraft({ app, environment, engine }: Pick<Draft, 'app' | 'environment' | 'engine'>): Draft {
  const spec = { app, environments: { [environment]: { engine } } }
  return {
    app,
    environment,
    engine,
    spec,
    comments: [],
    leftOut: [],
    toDecide: [],
    sharedWith: new Map(),
    askedInVain: new Map(),
    runs: { hasEntrypoint: false, hasCommand: false },
  }
}

/** @param from where it comes from, as a person reads it: `EXPOSE 3000 in Dockerfile` */
export function take(draft: Draft, path: Path, value: unknown, from?: string): void {
  setAt(draft.spec, path, value)
  if (from) draft.comments.push({ path, text: from })
}

/** The same of a setting of the environment. */
export function takeSetting(draft: Draft, keys: Path, value: unknown, from?: string): void {
  take(draft, settingPath(draft, ...keys), value, from)
}

export function leaveOut(draft: Draft, what: string, why: string): void {
  draft.leftOut.push({ what, why })
}

/** @param path above which it is written; what is not in the spec in the end is told all the same */
export function leaveToPerson(draft: Draft, path: Path, text: string): void {
  draft.toDecide.push({ path, text })
}

export function settingPath({ environment }: Draft, ...keys: string[]): Path {
  return ['environments', environment, ...keys]
}

export function readSetting(draft: Draft, ...keys: string[]): unknown {
  return readAt(draft.spec, settingPath(draft, ...keys))
}

export function readAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (Object.hasOwn(Object(inner), key) ? Object(inner)[key] : undefined),
    value,
  )
}

function setAt(spec: Record<string, unknown>, path: Path, value: unknown): void {
  let at = spec
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(at, key) ? at[key] : undefined
    if (typeof inner !== 'object' || inner === null) define(at, key, {})
    at = at[key] as Record<string, unknown>
  }
  const last = path.at(-1)
  if (last !== undefined) define(at, last, value)
}

/** A foreign name may be `__proto__`: it is a key like any other. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Takes a value out, and what holds nothing any more. */
export function removeAt(spec: object, path: Path): void {
  const [key, ...rest] = path
  if (key === undefined || !Object.hasOwn(spec, key)) return
  const inner: unknown = Reflect.get(spec, key)
  if (rest.length > 0 && typeof inner === 'object' && inner !== null) {
    removeAt(inner, rest)
    if (Object.keys(inner).length > 0) return
  }
  if (Array.isArray(spec)) spec.splice(Number(key), 1)
  else Reflect.deleteProperty(spec, key)
}
