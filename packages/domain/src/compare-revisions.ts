import { compareSettings, type SettingChange } from './compare-settings.ts'

/** What of a revision makes it run as it does. */
export interface ComparedRevision {
  image: string
  version: string
  strategy: string
  settings: object
  /** By the fingerprints of their values. */
  secrets: readonly { name: string; fingerprint: string }[]
}

/** In what two revisions differ: `image`, `env.LOG_LEVEL`, `secrets.DATABASE_URL`. */
export function compareRevisions(from: ComparedRevision, to: ComparedRevision): SettingChange[] {
  return compareSettings(gatherFacts(from), gatherFacts(to))
}

/** The names of secrets stand among the settings, too: where no value was recorded that is all that is known. */
function gatherFacts({ image, version, strategy, settings, secrets }: ComparedRevision): object {
  const fingerprints = Object.fromEntries(secrets.map(({ name, fingerprint }) => [name, fingerprint]))
  const { secrets: names, ...others } = { secrets: [], ...settings }
  const named = Object.fromEntries((names as string[]).map((name) => [name, 'not recorded']))
  const facts = { image, version, ...others, strategy: 'strategy' in others ? others.strategy : strategy }
  return { ...facts, secrets: { ...named, ...fingerprints } }
}
