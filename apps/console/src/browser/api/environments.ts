import type { EnvironmentView } from '@stevedore/contract'
import { ask } from './client.ts'

/** The environments of all apps that the token sees. */
export async function listEveryEnvironment(signal: AbortSignal): Promise<EnvironmentView[]> {
  const all: EnvironmentView[] = []
  let cursor: string | undefined
  do {
    const page = await ask('listAllEnvironments', { query: { cursor, limit: 200 }, signal })
    all.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor)
  return all
}
