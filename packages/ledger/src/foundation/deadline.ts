import { AsyncLocalStorage } from 'node:async_hooks'

/** Nobody waits for the work any more: what it has not committed by now is rolled back. */
export class LateError extends Error {
  constructor() {
    super('the answer was due before the work was done')
    this.name = 'LateError'
  }
}

/** The connection broke while a transaction committed: it may be kept, or not. */
export class InDoubtError extends Error {
  constructor(cause: unknown) {
    super('the connection broke while it committed', { cause })
    this.name = 'InDoubtError'
  }
}

/** Until when the transactions of one piece of work may commit. */
export interface Deadline {
  /** From now on none commits. @returns whether one has committed, or is committing: then it is not this that decides */
  expire(): boolean
  /** Whether something was kept by now, or may yet be: a commit is on its way, or had no answer. */
  mayBeKept(): boolean
  /** @internal Throws LateError. */
  check(): void
  /** @internal */
  begin(): void
  /** @internal `isKept` also where nobody knows. */
  end(isKept: boolean): void
}

export function openDeadline(): Deadline {
  let isOver = false
  let committing = 0
  let kept = 0
  const mayBeKept = () => committing + kept > 0
  return {
    expire() {
      isOver = true
      return mayBeKept()
    },
    mayBeKept,
    check() {
      if (isOver) throw new LateError()
    },
    begin() {
      committing += 1
    },
    end(isKept) {
      committing -= 1
      if (isKept) kept += 1
    },
  }
}

const deadlines = new AsyncLocalStorage<Deadline>()

/** Does work under a deadline: every transaction that it opens, however deep, asks before it commits. */
export function underDeadline<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
  return deadlines.run(deadline, work)
}

/** That of the work at hand; undefined where nobody waits for it. */
export function currentDeadline(): Deadline | undefined {
  return deadlines.getStore()
}
