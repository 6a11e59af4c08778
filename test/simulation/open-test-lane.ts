import { inject } from 'vitest'
import { createDatabases, dropDatabase } from './create-databases.ts'
import { type Lane, openLane } from './lane.ts'
import { replaceTime } from './virtual-time.ts'

/** A lane on the run's Postgres; while it is open, what runs within a simulation has the simulation's time. */
export async function openTestLane(): Promise<Lane> {
  const server = inject('postgres').url
  const [url = ''] = await createDatabases(server, 1)
  const lane = await openLane(url)
  const putBack = replaceTime()
  return {
    ...lane,
    async close() {
      putBack()
      await lane.close()
      await dropDatabase(server, url)
    },
  }
}
