import { expect, test } from 'vitest'
import { judgeExample, withField } from '../example-manifests.ts'
import { ingressAnnotations } from './metadata.ts'

const path = (key: string) => ['metadata', 'annotations', key] as const

test.each(Object.keys(ingressAnnotations))('%s holds no configuration of a proxy', (key) => {
  for (const value of ['1;\n}', '/a { return 200; }', '"', '$(id)\n', "'a'", '#', '\\', 'a\u0000b'])
    expect(judgeExample(withField('Ingress', path(key), value)), value).toHaveLength(1)
})

test.each(['nginx.ingress.kubernetes.io/', 'nginx.org/', 'haproxy.org/', 'alb.ingress.kubernetes.io/', 'konghq.com/'])(
  'of %s… what is not listed is refused',
  (prefix) => {
    const [violation] = judgeExample(withField('Ingress', path(`${prefix}unheard-of`), 'true'))
    expect(violation).toContain(`metadata.annotations[${prefix}unheard-of] is not an annotation for manifests`)
  },
)

test('a key without a prefix is its author’s, and no key is any text', () => {
  expect(judgeExample(withField('Ingress', path('team'), 'a;\n}'))).toEqual([])
  for (const key of ['a b', 'A.test/b', '/b', 'a/', 'a/b/c', '__proto__/a', '-a'])
    expect(judgeExample(withField('Ingress', path(key), 'a')), key).toHaveLength(1)
})
