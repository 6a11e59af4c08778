import type { Client } from './client/client.ts'
import { CliError, exitStatus } from './exit.ts'
import { listApps, specFileName, tryReadSpecFile } from './spec-file.ts'

/** What every command takes for a job. */
export const jobArgument = ['<job>', 'an id, the first 8 characters of one, or `last`'] as const

const idLength = 36

/** The whole id of a job that is named by it, by its beginning, or as the last one. */
export async function findJobId(client: Client, reference: string): Promise<string> {
  if (reference === 'last') return findLast(client)
  return reference.length === idLength ? reference : (await client.call('getJob', { params: { id: reference } })).id
}

/** The latest job of the apps that the folder's spec declares, or of all where it has none. */
async function findLast(client: Client): Promise<string> {
  const spec = await tryReadSpecFile(specFileName)
  const apps = spec ? listApps(spec) : []
  const asked = apps.length > 0 ? apps : [undefined]
  const pages = await Promise.all(asked.map((app) => client.call('listJobs', { query: { app, limit: 1 } })))
  const [job] = pages
    .flatMap(({ items }) => items)
    .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
  if (job) return job.id
  throw new CliError(
    exitStatus.usage,
    apps.length > 0 ? `No job of ${apps.join(' or ')} was recorded yet.` : 'No job was recorded yet.',
  )
}
