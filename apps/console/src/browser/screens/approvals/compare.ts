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
  /** Why some of it cannot be told; undefined where all is. */
  gap?: string
}

/** What a deploy would change of what its environment runs by: its image, its version, and each setting of the spec. */
export function compareDeploy({ job, environment, app }: Pending): Comparison {
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
  const settings = findSettings({ job, environment, app })
  if (settings === undefined) return { changes: changes.filter(isReal), gap: tellGap({ job, environment, app }) }
  return { changes: [...changes, ...compareSettings(running?.settings, settings)].filter(isReal) }
}

/** By the spec's version of the job: the one that holds now, or the one that runs. Undefined where it is neither, so that none has it. */
function findSettings({ job, environment, app }: Pending): unknown {
  const running = environment?.desired
  if (app?.specVersion === job.specVersion) return app.spec.environments[job.environment ?? '']
  return running?.specVersion === job.specVersion ? running.settings : undefined
}

function tellGap({ job, app }: Pending): string {
  return app
    ? `It works by version ${job.specVersion} of the spec, and version ${app.specVersion} holds by now: which settings differ cannot be told here. A new deploy would take those of now.`
    : 'Its app is not declared any more, so that its settings cannot be told.'
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
