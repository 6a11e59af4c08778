interface Call<I, O> {
  item: I
  resolve(answer: O): void
  reject(error: unknown): void
}

/**
 * Makes calls share their work: those that come while others' is on its way share the next, and one that comes alone begins at once. Each has
 * an answer of its own; an Error among the answers is thrown to whose it is, and what `work` throws to all.
 * @param work one answer for each item, in their order
 * @param most so many in one piece of work
 */
export function gather<I, O>(
  work: (items: readonly I[]) => Promise<(O | Error)[]>,
  most: number,
): (item: I) => Promise<O> {
  const waiting: Call<I, O>[] = []
  let isWorking = false

  async function workOn(): Promise<void> {
    isWorking = true
    while (waiting.length > 0) await answer(waiting.splice(0, most))
    isWorking = false
  }

  async function answer(calls: readonly Call<I, O>[]): Promise<void> {
    try {
      const answers = await work(calls.map(({ item }) => item))
      calls.forEach(({ resolve, reject }, n) => {
        const own = answers[n]
        if (own instanceof Error) reject(own)
        else resolve(own as O)
      })
    } catch (error) {
      for (const { reject } of calls) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isWorking) void workOn()
    })
}
