import { wholeSeconds } from '../spec/lifecycle.ts'
import { buildManifests, type ReleaseAction, readState } from './action.ts'
import { runJob } from './run-job.ts'
import { writeSupporting } from './write-objects.ts'

/**
 * Runs the migration of a revision. An abort leaves it running to its end or its own time limit: half a migration is worse
 * than a whole one.
 */
export async function migrate(action: ReleaseAction): Promise<void> {
  const { migrate: wanted } = action.place.settings
  if (!wanted) return
  const state = await readState(action)
  const manifests = await buildManifests(action.writer, action.place, state)
  await writeSupporting(action, manifests, state)
  const { command, timeout } = wanted
  await runJob(action, manifests.template, { role: 'migrate', command, timeoutSeconds: wholeSeconds(timeout) })
}
