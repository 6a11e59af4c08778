import type { Release } from '@stevedore/engine'
import type { Answer, HarnessOptions } from '@stevedore/engine/conformance'
import { openPlace, type PlaceHarness, type PlaceOptions } from './place.ts'
import type { Stage } from './stage.ts'

/** A place, and another that links to it: the ends are given as a worker finds them. */
export function openLinked(
  stage: Stage,
  linked: NonNullable<HarnessOptions['linked']>,
  options: PlaceOptions = {},
): PlaceHarness {
  const isBoth = linked === 'by-both'
  const own = isBoth ? { linkedBy: ['caller'] } : {}
  const place = openPlace(stage, { ...options, settings: { ...options.settings, ...own } })
  const { app } = place.place
  const other = openPlace(stage, { settings: { links: [app] } })
  const made = other.makeRelease({ revision: 1, behaviour: 'healthy' })
  const release: Release = { ...made, linked: { to: isBoth ? [place.place] : [], from: [] } }
  const ask = () => askFrom(stage, release.app, app)
  return {
    ...place,
    // The test's cluster has no network plugin that heeds policies.
    caller: { release, ask, isToldOnce: true, isOpen: true },
    cleanup: async () => {
      await place.cleanup()
      await other.cleanup()
    },
  }
}

/** By the pods of one app from another, on a connection of its own. */
async function askFrom(stage: Stage, app: string, host: string): Promise<Answer> {
  const script = `printf 'GET / HTTP/1.0\\r\\nHost: ${host}\\r\\n\\r\\n' | nc -w 5 ${host} 80`
  const said = await stage.kubectl(['exec', `deployment/${app}`, '--', 'sh', '-c', script])
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(said) ?? []
  if (status === undefined) throw new Error(`${app} has no answer of ${host}: ${said}`)
  const [, revision] = /x-revision: (\d+)/i.exec(said) ?? []
  return { status: Number(status), revision: revision === undefined ? undefined : Number(revision) }
}
