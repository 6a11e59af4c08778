import { expect, test } from 'vitest'
import { formatSpec } from './format-spec.ts'
import { parseSpec } from './parse-spec.ts'
import { visible } from './render/visible.ts'

const env = {
  RELEASE: '1.10',
  FLAG: 'true',
  NONE: '',
  MARKUP: '<img src=x onerror=alert(1)>',
  LINES: 'one\ntwo: 2\n# three\n',
  COLOUR: '\u001b[31mred\u001b[0m',
  TURNED: 'user\u202etxt.exe',
  QUOTED: `it's "so": {a, b} & *c`,
}
const spec = { app: 'shop', environments: { staging: { replicas: 2, env, command: ['a', '-b'] } } }

test('what is printed of a spec says the same, whatever stands in it', () => {
  const printed = visible(formatSpec(spec))
  expect(parseSpec(printed)).toEqual(spec)
  expect(printed).not.toContain('\u202e')
  expect(printed).not.toContain('\u001b')
})

test('it looks as one would write it', () => {
  expect(formatSpec({ app: 'shop', environments: { staging: { replicas: 2, env: { MODE: 'calm' } } } })).toBe(
    'app: shop\nenvironments:\n  staging:\n    replicas: 2\n    env:\n      MODE: calm',
  )
})
