import { expect, test } from 'vitest'
import { listGone, toFiles } from './certificate-files.ts'

const make = (name: string, putAt: string, key: string | undefined = 'K\n') => ({
  ...{ name, chain: 'C\n', key, fingerprint: 'AB', putAt: new Date(putAt) },
})
const [shop, later] = [make('shop.example.com', '2026-01-01T00:00:00.000Z'), make('a', '2026-01-01T00:00:00.001Z')]

test('the one that was put later comes first, and each before what people copied there', () => {
  const names = toFiles([shop, later]).map(({ file }) => file)
  expect([...names, '0.pem', 'A.pem', '_.pem'].sort()).toEqual([names[1], names[0], '0.pem', 'A.pem', '_.pem'])
  expect(toFiles([shop])).toMatchObject([{ text: 'C\nK\n' }])
})

test('what was brought and is not wanted goes, and nothing else', () => {
  const [one, other] = toFiles([shop, later]).map(({ file }) => file)
  const own = ['shop.example.com.pem', '+stevedore.pem', '+stevedore+1+shop.pem']
  const present = [one!, other!, ...own]
  expect(listGone(present, toFiles([shop]), [])).toEqual([other])
  expect(listGone(present, [], ['a'])).toEqual([one])
  expect(listGone(own, [], [])).toEqual([])
})

test('one that cannot be opened is no file', () => {
  expect(toFiles([{ ...shop, key: undefined }])).toEqual([])
})
