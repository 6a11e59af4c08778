/**
 * How a failure is met. `transient`: tried again with backoff, counted against the job. `permanent`: ends the job at once,
 * since another try would end alike. `infrastructure`: not the user's doing; tried again and counted apart.
 */
export type FailureClass = 'transient' | 'permanent' | 'infrastructure'

/** What a job waits for, that is not its own: where work is done, where images are kept, where sources come from, who does it. */
export type Awaited = 'engine' | 'registry' | 'source' | 'worker'

export interface FailureKind {
  class: FailureClass
  /** What is away, and comes back by itself: then it is tried for a time, however often, and neither attempts nor losses are counted. */
  awaits?: Awaited
  /** What happened, in a sentence that a user reads. */
  title: string
  /** What the user can do about it. */
  remedy: string
}

export const permanent = (title: string, remedy: string): FailureKind => ({ class: 'permanent', title, remedy })
export const transient = (title: string, remedy: string): FailureKind => ({ class: 'transient', title, remedy })
export const infrastructure = (title: string, remedy: string): FailureKind => ({
  class: 'infrastructure',
  title,
  remedy,
})
export const away = (awaits: Awaited, title: string, remedy: string): FailureKind => ({
  ...infrastructure(title, remedy),
  awaits,
})
