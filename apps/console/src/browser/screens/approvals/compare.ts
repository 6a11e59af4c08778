import type { Pending } from './load.ts'

/** One thing that would be otherwise; null where there is nothing. */
export interface SettingChange {
  /** `image`, `env.LOG_LEVEL`, `health.path`. */
  path: string
  from: unknown
  to: unknown
}

export interface Comparison {
  changes: SettingChange[]
  /** What there is to know of the spec that it works by. */
  note?: string
}

/** What a deploy would change of what its environment runs by: its image, its version, and each setting of the spec. */
export function compareDeploy({ job, environment, app, spec }: Pending): Comparison {
  const running = environment?.desired ?? null
  const { request } = job
  const version = 'version' in request ? request.version : undefined
  const strategy = 'strategy' in request ? request.strategy : undefined
  const changes = [
    change('image', running?.image, job.image),
    ...(version ? [change('version', running?.version, version)] : []),
    ...(strategy ? [change('strategy', running?.strategy, strategy)] : []),
    ...(environment?.changedSecrets ?? []).map((name) =>
      change(`secrets.${name}`, 'an earlier value', 'the newest value'),
    ),
  ]
  const settings = spec?.environments[job.environment ?? '']
  const note = tellOfSpec(job.specVersion, app?.specVersion, settings !== undefined)
  const differing = settings === undefined ? [] : compareSettings(running?.settings, settings)
  return { changes: [...changes, ...differing].filter(isReal), ...(note !== undefined && { note }) }
}

function tellOfSpec(works: number, holds: number | undefined, isKnown: boolean): string | undefined {
  if (!isKnown)
    return `Version ${works} of the spec, which it works by, cannot be had: which settings differ is not told.`
  if (holds === undefined) return 'Its app is not declared any more.'
  if (holds === works) return undefined
  return `It works by version ${works} of the spec; version ${holds} holds by now, which a new deploy would take.`
}

function compareSettings(from: unknown, to: unknown): SettingChange[] {
  const [before, after] = [new Map(listLeaves(from ?? {}, [])), new Map(listLeaves(to, []))]
  const paths = [...new Set([...before.keys(), ...after.keys()])]
  return paths.map((path) => change(path, before.get(path), after.get(path)))
}

function change(path: string, from: unknown, to: unknown): SettingChange {
  return { path, from: from ?? null, to: to ?? null }
}

function isReal({ from, to }: SettingChange): boolean {
  return JSON.stringify(from) !== JSON.stringify(to)
}

/** A list is one value. */
function listLeaves(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]]
  return Object.entries(value).flatMap(([name, inner]) => listLeaves(inner, [...path, name]))
}
