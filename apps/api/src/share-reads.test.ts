import { expect, test, vi } from 'vitest'
import { openSharedReads } from './share-reads.ts'

function openReading() {
  const begun: PromiseWithResolvers<string>[] = []
  const read = vi.fn(() => {
    const reading = Promise.withResolvers<string>()
    begun.push(reading)
    return reading.promise
  })
  return { begun, read }
}

/** Whatever is due by now has run. */
const comeToRest = () => new Promise((resolve) => setImmediate(resolve))

test('who comes while it is read shares the next reading, which begins after it was asked for', async () => {
  const share = openSharedReads()
  const { begun, read } = openReading()
  const first = share('shop', read)
  const others = [share('shop', read), share('shop', read), share('shop', read)]
  expect(read).toHaveBeenCalledTimes(1)
  begun[0]?.resolve('before')
  await comeToRest()
  expect(read).toHaveBeenCalledTimes(2)
  const late = share('shop', read)
  begun[1]?.resolve('after')
  await comeToRest()
  begun[2]?.resolve('later')
  expect(await Promise.all([first, ...others, late])).toEqual(['before', 'after', 'after', 'after', 'later'])
})

test('one alone begins at once, and of another thing beside it', async () => {
  const share = openSharedReads()
  const { begun, read } = openReading()
  const both = [share('shop', read), share('till', read)]
  expect(read).toHaveBeenCalledTimes(2)
  for (const [n, { resolve }] of begun.entries()) resolve(String(n))
  expect(await Promise.all(both)).toEqual(['0', '1'])
  void share('shop', read)
  expect(read).toHaveBeenCalledTimes(3)
})

test('what fails for one is read again by each of the others, and holds up nobody after', async () => {
  const share = openSharedReads()
  const { begun, read } = openReading()
  const first = share('shop', read)
  const own = share('shop', read)
  const other = share('shop', read)
  begun[0]?.reject(new Error('too late'))
  await expect(first).rejects.toThrow('too late')
  await comeToRest()
  begun[1]?.reject(new Error('too late as well'))
  await expect(own).rejects.toThrow('too late as well')
  await comeToRest()
  begun[2]?.resolve('found')
  expect(await other).toBe('found')
  void share('shop', read)
  expect(read).toHaveBeenCalledTimes(4)
})
