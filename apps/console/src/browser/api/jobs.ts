import type { JobEvent, JobView } from '@stevedore/contract'
import { ask, send } from './client.ts'
import { readMessages } from './sse.ts'

/** Jobs that are queued, run or wait, newest first. */
export async function listUnfinished(signal: AbortSignal, app?: string): Promise<JobView[]> {
  const query = { app, state: 'queued,running,waiting', limit: 200 }
  return (await ask('listJobs', { query, signal })).items
}

/** The events of a job that came after this one. */
export async function listEventsAfter(id: string, seq: number, signal: AbortSignal): Promise<JobEvent[]> {
  const response = await send(`/v1/jobs/${encodeURIComponent(id)}/events?follow=0`, {
    headers: { accept: 'text/event-stream', 'last-event-id': String(seq) },
    signal,
  })
  const events: JobEvent[] = []
  if (!response.body) return events
  for await (const { data } of readMessages(response.body)) if (data !== '') events.push(JSON.parse(data))
  return events
}
