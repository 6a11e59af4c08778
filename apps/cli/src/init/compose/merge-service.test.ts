import { expect, test } from 'vitest'
import { readForeignYaml } from '../foreign-yaml.ts'
import { fieldsOf } from '../values.ts'
import { createMerges, mergeService } from './merge-service.ts'

function merge(base: string, over: string): unknown {
  const [one, other] = [base, over].map((text) => fieldsOf(readForeignYaml(text, 'compose.yaml')[0]))
  return mergeService(one ?? {}, other ?? {}, createMerges())
}

test.each([
  ['a: 1\nb: 2', 'b: 3', { a: '1', b: '3' }],
  ['command: [a, b]', 'command: [c]', { command: ['c'] }],
  ['entrypoint: [a]', 'entrypoint: b', { entrypoint: 'b' }],
  [
    'healthcheck: { test: [CMD, a], interval: 1s }',
    'healthcheck: { test: [CMD, b] }',
    { healthcheck: { test: ['CMD', 'b'], interval: '1s' } },
  ],
  [
    'environment: [A=1, B=2, C]',
    'environment: { B: 3, C: null, D: 4 }',
    { environment: { A: '1', B: '3', C: null, D: '4' } },
  ],
  ['environment: { A: 1 }', 'environment:', { environment: { A: '1' } }],
  ['build: .', 'build: { args: [X=1] }', { build: { context: '.', args: ['X=1'] } }],
  [
    'build: { context: a, args: [X=1] }',
    'build: { context: b, args: { Y: 2 } }',
    { build: { context: 'b', args: { X: '1', Y: '2' } } },
  ],
  ['ports: ["80:80", "90:90/tcp"]', 'ports: ["90:90", "91:90"]', { ports: ['80:80', '90:90', '91:90'] }],
  [
    'ports: ["127.0.0.1:80:80"]',
    'ports: [{ target: 80, published: 80, host_ip: 127.0.0.1, mode: host }]',
    { ports: [{ target: '80', published: '80', host_ip: '127.0.0.1', mode: 'host' }] },
  ],
  ['volumes: ["a:/x:ro", "b:/y"]', 'volumes: ["./c:/x", /z]', { volumes: ['./c:/x', 'b:/y', '/z'] }],
  ['env_file: a.env', 'env_file: [b.env]', { env_file: ['a.env', 'b.env'] }],
  ['cap_add: [A, B]', 'cap_add: [B, C]', { cap_add: ['A', 'B', 'C'] }],
  [
    'depends_on: [db]',
    'depends_on: { cache: { condition: service_healthy } }',
    { depends_on: { db: null, cache: { condition: 'service_healthy' } } },
  ],
  [
    'deploy: { resources: { limits: { cpus: 1, memory: 1g } } }',
    'deploy: { resources: { limits: { cpus: 2 } } }',
    { deploy: { resources: { limits: { cpus: '2', memory: '1g' } } } },
  ],
  [
    'configs: [a, { source: b, target: /b }]',
    'configs: [{ source: c, target: /b }]',
    { configs: ['a', { source: 'c', target: '/b' }] },
  ],
  ['logging: { driver: a, options: { x: 1 } }', 'logging: { driver: b }', { logging: { driver: 'b' } }],
])('%s and %s', (base, over, merged) => {
  expect(merge(base, over)).toEqual(merged)
})

test('a key that every object has is one like any other', () => {
  const merged = merge('__proto__: { a: 1 }\nconstructor: 1', '__proto__: { b: 2 }\ntoString: 2')
  expect(Object.entries(merged as object)).toEqual([
    ['__proto__', { a: '1', b: '2' }],
    ['constructor', '1'],
    ['toString', '2'],
  ])
  expect({}).not.toHaveProperty('b')
})

test('what is merged is bounded', () => {
  const many = { expose: Array.from({ length: 50_000 }, (_, at) => String(at)) }
  const merges = createMerges()
  expect(() => {
    for (let count = 0; count < 5; count += 1) mergeService(many, { expose: ['a'] }, merges)
  }).toThrow('too much')
})
