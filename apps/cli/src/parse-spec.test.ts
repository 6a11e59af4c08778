import { expect, test } from 'vitest'
import { parseSpec } from './parse-spec.ts'

test('values of settings are what is written, and nothing else is', () => {
  const text = `
app: shop
build: { args: { NODE: 20.10 } }
environments:
  staging:
    replicas: 2
    env: { VERSION: 1.10, LEADING: 0123, BIG: 12345678901234567890, HEX: 0x1F, ON: true, TEXT: "1.0", EMPTY: }
`
  expect(parseSpec(text)).toEqual({
    app: 'shop',
    build: { args: { NODE: '20.10' } },
    environments: {
      staging: {
        replicas: 2,
        env: {
          ...{ VERSION: '1.10', LEADING: '0123', BIG: '12345678901234567890', HEX: '0x1F' },
          ...{ ON: 'true', TEXT: '1.0', EMPTY: null },
        },
      },
    },
  })
})

test('values that stand elsewhere and are named are kept as well', () => {
  const text = `
common: &common { RATE: 1.50 }
port: &port 0080
environments: { a: &a { env: *common }, b: *a, c: { env: { PORT: *port } } }
`
  expect(parseSpec(text)).toMatchObject({
    environments: { a: { env: { RATE: '1.50' } }, b: { env: { RATE: '1.50' } }, c: { env: { PORT: '0080' } } },
  })
})

test('what is taken in by a merge key is kept as well', () => {
  const text = `
x-base: &base { replicas: 2, env: &env { RATE: 1.50 } }
x-more: &more { DEBUG: yes, ON: true }
environments:
  a: { <<: *base, replicas: 3 }
  b: { env: { <<: [*env, *more], OWN: 010 } }
`
  expect(parseSpec(text)).toMatchObject({
    environments: {
      a: { replicas: 3, env: { RATE: '1.50' } },
      b: { env: { RATE: '1.50', DEBUG: 'yes', ON: 'true', OWN: '010' } },
    },
  })
})

test('what takes in itself ends', () => {
  expect(() => parseSpec('build: { args: &a { <<: *a, B: 1 } }')).toThrow()
})

test('what is not YAML says so', () => {
  expect(() => parseSpec('a: [')).toThrow(/line 1/)
  expect(parseSpec('- a')).toEqual(['a'])
  expect(parseSpec('')).toBeNull()
})
