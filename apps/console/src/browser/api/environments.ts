import type { EnvironmentView } from '@stevedore/contract'
import { send, writeQuery } from './client.ts'

/** The environments of all apps that the token sees. */
export async function listAllEnvironments(signal: AbortSignal): Promise<EnvironmentView[]> {
  const all: EnvironmentView[] = []
  let cursor: string | undefined
  do {
    const response = await send(`/v1/environments${writeQuery({ cursor, limit: 200 })}`, { signal })
    const page: { items: EnvironmentView[]; next: string | null } = await response.json()
    all.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor)
  return all
}
