import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createRedactor, maskUrlCredentials, unread } from './redactor.ts'

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

test('no word at the end of a long value is masked by itself, but the last line of its base64 is', () => {
  const address = 'postgres://shop:correct-horse-battery@db.example.com:5432/production'
  for (const value of [address, ` ${address}`, address.repeat(15).slice(0, 1_034)]) {
    const { redact } = createRedactor([value])
    expect(redact('NODE_ENV=production')).toBe('NODE_ENV=production')
    expect(redact(`<${value.slice(-16)}>`)).toBe(`<${value.slice(-16)}>`)
    const lines =
      Buffer.from(value)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    for (const line of lines) expect(redact(line)).toMatch(/^\*\*\*.{0,4}$/)
  }
})

test('masks a value with blanks around it without them', () => {
  const { redact } = createRedactor([' \tpass\r\n', ' abc\n', `  ${pem}\n`])
  expect(redact('<pass> < \tpass\r\n>')).toBe('<***> <***>')
  expect(redact('%20pass cGFzcw==')).toBe('%20*** ***==')
  expect(redact(`<${pem}>`)).toBe('<***>')
  // Too short without them.
  expect(redact('abc')).toBe('abc')
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

const bundle = (certificates: number) =>
  Array.from({ length: certificates }, (_, number) =>
    [
      '-----BEGIN CERTIFICATE-----',
      ...Array.from({ length: 20 }, (_, line) => createHash('sha384').update(`${number} ${line}`).digest('base64')),
      '-----END CERTIFICATE-----',
    ].join('\n'),
  ).join('\n')

test('masks a value as long as values may be, whole, by line, encoded, and where it is broken off', () => {
  const value = bundle(47)
  expect(value.length).toBeGreaterThan(63_000)
  const { redact } = createRedactor([value])
  expect(redact(`<${value}>`)).toBe('<***>')
  for (const line of value.split('\n')) expect(redact(`<${line}>`)).toBe('<***>')
  expect(redact(JSON.stringify({ ca: value }))).toBe('{"ca":"***"}')
  expect(redact(`<${encodeURIComponent(value)}>`)).toBe('<***>')
  expect(redact(`<${Buffer.from(value).toString('hex')}>`)).toBe('<***>')
  expect(redact(Buffer.from(value).toString('base64'))).toMatch(/^\*\*\*=*$/)
  // Of what is broken off less than the shortest piece may be left.
  const left = redact(Buffer.from(value.slice(1_000, 3_000)).toString('base64')).replaceAll('***', '')
  expect(left.length).toBeLessThanOrEqual(2 * 64)
})

test('takes hundreds of the longest values', () => {
  const values = Array.from({ length: 200 }, (_, number) => `${number}${bundle(47)}`)
  const { redact } = createRedactor(values)
  expect(redact(`<${values[117]}>`)).toBe('<***>')
})

test('what cannot be searched is replaced as a whole, and nothing is thrown', () => {
  const broken = createRedactor(['a secret', undefined as never])
  expect(broken.redact('a secret')).toBe(unread)
  expect(createRedactor(['a secret']).redact(undefined as never)).toBe(unread)
})
