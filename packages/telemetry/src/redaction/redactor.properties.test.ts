import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

/** Of few characters, so that values overlap, begin alike and repeat themselves. Nobody's base64 or hexadecimal is made of them. */
const narrow = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('#', '!', 'é', '🙂'), minLength, maxLength })

test('masks what a naive search finds', () => {
  const values = fc.array(narrow(4, 9), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(values, narrow(0, 200), (values, text) => {
      expect(createRedactor(values).redact(text)).toBe(maskNaively(values, text))
    }),
    { numRuns: 1_000 },
  )
})

function maskNaively(values: readonly string[], text: string): string {
  const isHidden = Array.from({ length: text.length }, () => false)
  for (const value of values)
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
      isHidden.fill(true, at, at + value.length)
  return Array.from(text.split(''), (unit, at) => (isHidden[at] ? (isHidden[at - 1] ? '' : '***') : unit)).join('')
}

/** Without lone surrogates, which no encoding can say. */
const anyValue = fc.string({ unit: 'binary', minLength: 4, maxLength: 300 })
const lowerEscapes = (text: string) => text.replace(/%../g, (code) => code.toLowerCase())
const ascii = (text: string) =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const inJson = (value: string) => JSON.stringify(value).slice(1, -1)

const writings: Record<string, (value: string) => string> = {
  'as it stands': (value) => value,
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (value) => lowerEscapes(encodeURIComponent(value)),
  'percent-encoded to the last byte': (value) => Buffer.from(value).toString('hex').replace(/../g, '%$&'),
  'as a form': (value) => new URLSearchParams({ v: value }).toString().slice(2),
  'in JSON': inJson,
  'in ASCII JSON': (value) => ascii(inJson(value)),
  'in JSON in JSON': (value) => inJson(inJson(value)),
  'in ASCII JSON in JSON': (value) => inJson(ascii(inJson(value))),
  'in hexadecimal': (value) => Buffer.from(value).toString('hex'),
  'in hexadecimal capitals': (value) => Buffer.from(value).toString('hex').toUpperCase(),
  'in base64 without padding': (value) => Buffer.from(value).toString('base64').replaceAll('=', ''),
  'in base64 for addresses': (value) => Buffer.from(value).toString('base64url'),
  'in base64 in JSON': (value) => Buffer.from(value).toString('base64').replaceAll('=', '').replaceAll('/', '\\/'),
}

test.each(Object.entries(writings))('masks any value %s', (_, write) => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(createRedactor([value]).redact(`<${write(value)}>`)).toBe('<***>')
    }),
  )
})

test('masks any value in the base64 of anything around it', () => {
  const around = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(anyValue, around, around, fc.constantFrom('base64', 'base64url'), (value, before, after, encoding) => {
      const text = Buffer.concat([before, Buffer.from(value), after]).toString(encoding as BufferEncoding)
      const shown = createRedactor([value]).redact(text)
      // What is left are the neighbours' own characters.
      expect(shown).toContain('***')
      expect(shown.replaceAll(/\*\*\*|=/g, '').length).toBeLessThanOrEqual(
        Math.ceil(((before.length + after.length) * 8) / 6),
      )
    }),
  )
})

test('whatever the values and the text, something is shown and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }), (values, text) => {
      expect(typeof createRedactor(values).redact(text)).toBe('string')
    }),
  )
})
