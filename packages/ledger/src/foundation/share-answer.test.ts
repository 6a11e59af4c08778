import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { shareAnswer } from './share-answer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A question that is answered when the test says so. */
function openQuestion() {
  const asked: { answer(value: string): void; fail(error: Error): void }[] = []
  const ask = () => new Promise<string>((answer, fail) => void asked.push({ answer, fail }))
  return { asked, ask: shareAnswer(ask) }
}

test('it is put once for all who ask while it is on its way, and for a second after', async () => {
  const { asked, ask } = openQuestion()
  const first = [ask(), ask(), ask()]
  asked[0]?.answer('one')
  expect(await Promise.all(first)).toEqual(['one', 'one', 'one'])
  expect(await ask()).toBe('one')
  vi.advanceTimersByTime(1_001)
  const later = ask()
  asked[1]?.answer('two')
  expect([await later, asked.length]).toEqual(['two', 2])
})

test('an error is shared like an answer, and no longer', async () => {
  const { asked, ask } = openQuestion()
  const first = ask()
  asked[0]?.fail(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await expect(ask()).rejects.toThrow('away')
  vi.advanceTimersByTime(1_001)
  const later = ask()
  asked[1]?.answer('back')
  expect(await later).toBe('back')
})

test('who gets no answer is told so in time, and the question is put again a second later', async () => {
  const { asked, ask } = openQuestion()
  const first = expect(ask()).rejects.toThrow('no answer in time')
  await vi.advanceTimersByTimeAsync(3_000)
  await first
  await expect(ask()).rejects.toThrow('no answer in time')
  expect(asked).toHaveLength(1)
  vi.advanceTimersByTime(1_001)
  void ask().catch(() => {})
  expect(asked).toHaveLength(2)
})
