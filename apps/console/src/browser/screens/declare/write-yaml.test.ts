import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePlainYaml } from './plain-yaml.ts'
import { writePlainYaml } from './write-yaml.ts'

const key = fc.stringMatching(/^[a-zA-Z][\w.-]{0,12}$/).filter((name) => !['env', 'args'].includes(name))
const scalar = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[\w:/.* -]{0,12}$/),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(key, tie('any'), { maxKeys: 4 }),
  ),
})).any

test('what is written reads as it was, here and by the vendor', () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 5 }), (spec) => {
      const text = writePlainYaml(spec)
      const plain = JSON.parse(JSON.stringify(spec))
      expect(parsePlainYaml(text)).toEqual(plain)
      expect(parse(text)).toEqual(plain)
    }),
  )
})

test('settings stay texts, and what is short stands on one line', () => {
  const spec = {
    app: 'shop',
    source: { git: 'https://git.example.com/acme/shop.git', ref: 'main' },
    environments: { staging: { engine: 'docker', env: { VERSION: '1.10', ON: 'true' }, secrets: ['KEY'] } },
    triggers: [{ on: 'push', do: ['build production', 'push'] }],
  }
  const text = writePlainYaml(spec)
  expect(parsePlainYaml(text)).toEqual(spec)
  expect(text).toBe(`app: shop
source: { git: https://git.example.com/acme/shop.git, ref: main }
environments:
  staging:
    engine: docker
    env: { VERSION: "1.10", ON: "true" }
    secrets: [KEY]
triggers:
  - { on: push, do: [build production, push] }
`)
})
