/** What of a revision makes it run as it does. */
export interface ComparedRevision {
  image: string
  version: string
  strategy: string
  settings: object
  /** By the fingerprints of their values. */
  secrets: readonly { name: string; fingerprint: string }[]
}

/** One difference; null where the revision has nothing there. */
export interface RevisionChange {
  /** `image`, `env.LOG_LEVEL`, `health.path`, `secrets.DATABASE_URL`. */
  path: string
  from: unknown
  to: unknown
}

/** In what two revisions differ, by path. A list is compared as a whole. */
export function compareRevisions(from: ComparedRevision, to: ComparedRevision): RevisionChange[] {
  const [before, after] = [listFacts(from), listFacts(to)]
  const paths = [...new Set([...before.keys(), ...after.keys()])]
  return paths
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to))
}

/** The names of secrets stand among the settings, too: where no value was recorded that is all that is known. */
function listFacts({ image, version, strategy, settings, secrets }: ComparedRevision): Map<string, unknown> {
  const fingerprints = Object.fromEntries(secrets.map(({ name, fingerprint }) => [name, fingerprint]))
  const { secrets: names, ...others } = { secrets: [], ...settings }
  const named = Object.fromEntries((names as string[]).map((name) => [name, 'not recorded']))
  const facts = { image, version, ...others, strategy: 'strategy' in others ? others.strategy : strategy }
  return new Map(listLeaves({ ...facts, secrets: { ...named, ...fingerprints } }, []))
}

function listLeaves(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]]
  return Object.entries(value).flatMap(([name, inner]) => listLeaves(inner, [...path, name]))
}
