import { LateError, openDeadline, underDeadline } from '@stevedore/ledger'

/** A commit that is on its way has as long as any statement of the ledger, and the way back. */
const commitMs = 4_000

/**
 * Waits for an answer for so long, and then sees to it that nothing more is kept, which `late` says. Where something was kept by then, or
 * was being kept, its answer is waited for; where none comes, nobody knows what became of it, which `inDoubt` says. What was being kept and
 * was refused is `late` as well.
 */
export async function answerInTime<T>(
  work: () => Promise<T>,
  timeoutMs: number,
  { late, inDoubt }: { late: () => Error; inDoubt: (cause?: unknown) => Error },
): Promise<T> {
  const deadline = openDeadline()
  const answer = underDeadline(deadline, work)
  // It may end when nobody listens any more.
  answer.catch(() => undefined)
  const soon = await within(answer, timeoutMs)
  if (soon !== isTime) return soon
  if (!deadline.expire()) throw late()
  const judge = (cause?: unknown) => (deadline.mayBeKept() ? inDoubt(cause) : late())
  const later = await within(answer, commitMs).catch((error: unknown) => {
    throw error instanceof LateError ? judge(error) : error
  })
  if (later === isTime) throw judge()
  return later
}

const isTime = Symbol('the time is over')

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | typeof isTime> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<typeof isTime>((resolve) => {
    timer = setTimeout(() => resolve(isTime), timeoutMs)
  })
  return Promise.race([work, expiry]).finally(() => clearTimeout(timer))
}
