/**
 * One question for all who ask it: those who come while it is on its way, and for `forMs` after its answer, get that answer. However many ask,
 * it costs as much as if one did.
 * @param withinMs how long it is waited for; it rejects then, and is bounded by limits of its own
 */
export function shareAnswer<T>(ask: () => Promise<T>, { forMs = 1_000, withinMs = 3_000 } = {}): () => Promise<T> {
  let shared: { answer: Promise<T>; isOld(): boolean } | undefined
  return () => {
    if (!shared || shared.isOld()) shared = put(ask, forMs, withinMs)
    return shared.answer
  }
}

function put<T>(ask: () => Promise<T>, forMs: number, withinMs: number) {
  let answeredAtMs: number | undefined
  const isOld = () => answeredAtMs !== undefined && performance.now() - answeredAtMs > forMs
  const answer = answerWithin(ask(), withinMs).finally(() => {
    answeredAtMs = performance.now()
  })
  return { answer, isOld }
}

function answerWithin<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer()), withinMs)
  })
  return Promise.race([answer, end]).finally(() => clearTimeout(timer))
}

/** Like that of a connection that falls silent: whoever is asked is away. */
function noAnswer(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
}
