import { setTimeout as delay } from 'node:timers/promises'
import type { EventOf, InputOf, Operations } from '@stevedore/contract'
import type { Client } from './client.ts'
import { followPatienceMs, reconnectMs, untilLost } from './follow.ts'
import { readMessages } from './sse.ts'

type FollowEvents = Operations['followEvents']
export type FeedEvent = EventOf<FollowEvents>

/** The events of all jobs that the token sees, from now on, without an end. Comes back after a lost connection to where it broke off. */
export async function* followAll(
  client: Client,
  filters: Omit<NonNullable<InputOf<FollowEvents>['query']>, 'since'>,
  signal: AbortSignal,
): AsyncGenerator<FeedEvent> {
  let since: string | undefined
  for (;;) {
    const query = { ...filters, since }
    const { body } = await client.openStream('followEvents', { query, signal, patienceMs: followPatienceMs })
    for await (const { id, event, data } of untilLost(readMessages(body), signal)) {
      since = id
      if (event !== 'ready') yield JSON.parse(data)
    }
    if (signal.aborted) return
    await delay(reconnectMs, undefined, { signal })
  }
}
