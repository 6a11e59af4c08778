import { wholeSeconds } from '../spec/probes.ts'
import { takePicture } from '../state/place-state.ts'
import { draw, type ReleaseWork } from './action.ts'
import { runJob } from './run-job.ts'
import { writeAround } from './write-objects.ts'

/**
 * Runs the migration of a revision. An abort leaves it running to its end or its own time limit: half a migration is worse
 * than a whole one.
 */
export async function migrate(work: ReleaseWork): Promise<void> {
  const { migrate: wish } = work.place.settings
  if (!wish) return
  const picture = await takePicture(work.writer, work.place)
  const blueprint = await draw(work.writer, work.place, picture)
  await writeAround(work, blueprint, picture)
  const job = { role: 'migrate' as const, command: wish.command, timeoutSeconds: wholeSeconds(wish.timeout) }
  await runJob(work, { blueprint, wish: job, code: 'migration-failed', picture })
}
