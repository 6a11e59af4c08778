import type { EventData, EventType, JobEvent } from '@stevedore/contract'
import { jobId } from './stub-api.ts'

/** An event of the stub's job. For tests. */
export function makeEvent<T extends EventType>(type: T, data: EventData<T>): JobEvent<T> {
  return { jobId, seq: 1, at: '2025-03-01T12:00:00.000Z', type, data }
}
