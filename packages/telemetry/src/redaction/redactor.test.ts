import { expect, test } from 'vitest'
import { createRedactor, maskUrlCredentials } from './redactor.ts'

const secret = 'p@ss wörd/<&>"x"+9!'
const pem = [
  '-----BEGIN KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ',
  '-----END KEY-----',
].join('\n')

const spellings: [string, string][] = [
  ['as it is', secret],
  ['URL-encoded', encodeURIComponent(secret)],
  ['URL-encoded in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['form-encoded', new URLSearchParams({ v: secret }).toString().slice(2)],
  ['in an address', Object.assign(new URL('http://u@host'), { password: secret }).password],
  ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
  ['in JSON in JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ['in ASCII JSON', JSON.stringify(secret).slice(1, -1).replace('ö', '\\u00f6')],
]

test.each(spellings)('masks a secret %s', (_, spelling) => {
  expect(createRedactor([secret]).redact(`before ${spelling} after`)).toBe('before *** after')
})

test.each([0, 1, 2, 3, 4, 5])('masks a secret in base64 behind %i bytes', (offset) => {
  const value = 'correct horse battery'
  const encoded = Buffer.from(`${'-'.repeat(offset)}${value}${'+'.repeat(6)}`).toString('base64')
  const shown = createRedactor([value]).redact(encoded)
  expect(shown).toContain('***')
  // What is left are the neighbours' characters and those that share bits with them.
  expect(shown.replace('***', '').length).toBeLessThanOrEqual(Math.ceil(((offset + 6) * 8) / 6) + 3)
})

test('masks hexadecimal', () => {
  const hex = Buffer.from('correct horse').toString('hex')
  expect(createRedactor(['correct horse']).redact(`<${hex}> ${hex.toUpperCase()}`)).toBe('<***> ***')
})

test('masks URL-safe base64', () => {
  const value = '\u00fb\u00ff\u00fe>>>???~~~'
  expect(createRedactor([value]).redact(Buffer.from(value).toString('base64url'))).toMatch(/^\*\*\*.?$/)
})

test.each([64, 76])('masks base64 that is broken into lines of %i', (columns) => {
  const value = Array.from({ length: 40 }, (_, index) => `part${index}`).join('-')
  const lines =
    Buffer.from(value)
      .toString('base64')
      .match(new RegExp(`.{1,${columns}}`, 'g')) ?? []
  expect(lines.length).toBeGreaterThan(2)
  for (const line of lines) expect(createRedactor([value]).redact(line)).toMatch(/^\*\*\*.{0,4}$/)
})

test('masks a value of several lines line by line, and whole in JSON', () => {
  const { redact } = createRedactor([pem])
  for (const line of pem.split('\n')) expect(redact(`  ${line}\r`)).toBe('  ***\r')
  expect(redact(JSON.stringify({ key: pem }))).toBe('{"key":"***"}')
})

test('masks secrets that overlap', () => {
  expect(createRedactor(['abcdef', 'defghi']).redact('<abcdefghi>')).toBe('<***>')
  expect(createRedactor(['abcd', 'abcdef']).redact('<abcdef>')).toBe('<***>')
})

test('treats characters of patterns as themselves', () => {
  const value = 'a.*b(c)[d]{e}|^$\\'
  expect(createRedactor([value]).redact(`${value} axxb`)).toBe('*** axxb')
})

test('leaves text alone when nothing is secret, and values too short to be told from text', () => {
  expect(createRedactor([]).redact('plain text')).toBe('plain text')
  expect(createRedactor(['', 'a', 'on']).redact('based on a')).toBe('based on a')
})

test.each([
  ['https://user:pw@host/x', 'https://***@host/x'],
  ['https://user:p@ss@host/x', 'https://***@host/x'],
  ['https://ghp_abc123@github.com', 'https://***@github.com'],
  ['postgres://stevedore:pw@db:5432/x failed', 'postgres://***@db:5432/x failed'],
  ['ssh://git@host/x', 'ssh://git@host/x'],
  ['https://host/path@v1', 'https://host/path@v1'],
  ['"https://host", "a@b"', '"https://host", "a@b"'],
])('masks the credentials of %s', (text, shown) => {
  expect(maskUrlCredentials(text)).toBe(shown)
})

/** Mulberry32: the same splits at every run. */
function createRandom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function pieces(text: string, random: (below: number) => number): string[] {
  const result = []
  for (let at = 0; at < text.length; ) {
    const length = 1 + random(12)
    result.push(text.slice(at, at + length))
    at += length
  }
  return result
}

test('a stream shows what the whole text would, however it is split', () => {
  const values = [secret, pem, 'abab', 'ababcc', 'ccdd', 'xyzzy', 'https']
  const redactor = createRedactor(values)
  const words = [
    ...values,
    ...spellings.map(([, text]) => text),
    ...pem.split('\n'),
    'aba',
    'ab',
    'c',
    'd',
    ':',
    '://',
    'u:p@h',
    ' ',
    '\n',
    '/',
    'plain',
    'xyz',
  ]
  words.push(...[0, 1, 2].map((offset) => Buffer.from('#'.repeat(offset) + secret).toString('base64')))
  for (let seed = 1; seed <= 500; seed++) {
    const random = createRandom(seed)
    const text = Array.from({ length: 40 }, () => words[random(words.length)]).join('')
    const stream = redactor.openStream()
    const shown = pieces(text, random).map(stream.write).join('') + stream.flush()
    expect(shown, `seed ${seed}`).toBe(redactor.redact(text))
  }
})

test('a stream keeps back no more than may begin a secret', () => {
  const stream = createRedactor(['topsecret']).openStream()
  expect(stream.write('hello top')).toBe('hello ')
  expect(stream.write('side')).toBe('topside')
  expect(stream.write(' topsec')).toBe(' ')
  expect(stream.write('ret!')).toBe('***!')
  expect(stream.flush()).toBe('')
})

test('a stream that repeats a secret without end keeps back only its beginning', () => {
  const stream = createRedactor(['aaaa']).openStream()
  const shown = Array.from({ length: 1_000 }, () => stream.write('aaaa')).join('')
  expect(shown).toBe('***')
  expect(stream.flush()).toBe('')
})
