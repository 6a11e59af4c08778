import { countSteps, findStage, listNeeded, listStages, parseInstructions } from '@stevedore/formats'
import { expect, test } from 'vitest'
import { findDeniedRequest } from './policy.ts'

test.each([
  'FROM a\nRUN --network=host id',
  'FROM a\nrun   --mount=type=cache,target=/x  --network=host id',
  'FROM a\nRUN --net"work"=host id',
  'FROM a\nRUN --network=h\\ost id',
  'FROM a\nRUN \\\n# a comment between\n  --network=host id',
  'FROM a\nRUN --network=$NETWORK id',
  'FROM a\nRUN --mount=target=/à--network=host id',
  'FROM a\nRUN --mount=target=/a\\ b --network=none id',
  'FROM a\nRUN \ufffd--network=host id',
  '# escape=`\nFROM a\nRUN --net\\work=host id',
  'FROM a\nRUN echo \\\\\nRUN --network=host id',
  'FROM a\nRUN --security=insecure id',
  'FROM a\nONBUILD RUN --security=insecure id',
  '# escape=`\nFROM a\nRUN `\n --security=insecure id',
  '\ufeff# syntax=evil/frontend\nFROM a',
  '#!/usr/bin/x\n# SYNTAX = docker/dockerfile-upstream:1\nFROM a',
  '# syntax=docker.io.evil.com/docker/dockerfile:1\nFROM a',
  '# syntax=docker/dockerfile:1/evil\nFROM a',
  '# syntax=evil/docker/dockerfile:1\nFROM a',
  '# syntax=registry.example.com/mirror/dockerfile:1\nFROM a',
  '// syntax=evil/frontend\nFROM a',
  '{"syntax": "evil/frontend"}',
  `# syntax=evil/dockerfile@sha256:${'0'.repeat(64)}\nFROM a`,
  'FROM a\nRUN <<EOF\nRUN --security=insecure id\nEOF',
])('row 66: denies %j', (text) => {
  expect(findDeniedRequest(text, ['registry.example.com:5000/mirror/dockerfile'])).toBeTypeOf('string')
})

test.each([
  'FROM a\nRUN --network=none id',
  'FROM a\nRUN --mount=type=secret,id=T --security=sandbox id',
  'FROM a\nRUN curl --network=host',
  'FROM a\n# syntax=evil/frontend\nRUN id',
  '# syntax=docker/dockerfile:1\nFROM a',
  '# syntax=docker/dockerfile\nFROM a',
  '# syntax=docker/dockerfile:1.7-labs\nFROM a',
  '# syntax = docker.io/docker/dockerfile:1.4\nFROM a',
  '# syntax=registry.example.com:5000/mirror/dockerfile:1\nFROM a',
  `# syntax=docker/dockerfile:1.7@sha256:${'0'.repeat(64)}\nFROM a`,
])('allows %j', (text) => {
  expect(findDeniedRequest(text, ['registry.example.com:5000/mirror/dockerfile'])).toBeUndefined()
})

const text = `ARG BASE=alpine
FROM --platform=linux/amd64 \${BASE} AS base
WORKDIR /app
FROM base AS Deps
COPY package.json \\
  ./
RUN <<EOF
  add a thing
EOF
RUN echo $((1<<2))
FROM scratch AS tools
ADD https://x/y /
FROM base
COPY --from=deps /app /app
RUN --mount=type=bind,from=tools,target=/t id
FROM alpine AS unused
RUN id`

test('lists the stages with what each needs and how many steps it counts', () => {
  expect(listStages(parseInstructions(text, 'skip'))).toEqual([
    { name: 'base', needs: [], steps: 2 },
    { name: 'deps', parent: 0, needs: [0], steps: 3 },
    { name: 'tools', needs: [], steps: 1 },
    { name: undefined, parent: 0, needs: [0, 1, 2], steps: 2 },
    { name: 'unused', needs: [], steps: 2 },
  ])
})

test('needs the stages too that come later, for builders copy from those', () => {
  const stages = listStages(
    parseInstructions('FROM a AS x\nCOPY --from=y /x /\nCOPY --from=2 /x /\nFROM b AS y\nFROM c', 'skip'),
  )
  expect([...listNeeded(stages, 0)]).toEqual([0, 1, 2])
})

test('finds a stage by name in any case, or by number', () => {
  const stages = listStages(parseInstructions(text, 'skip'))
  expect([
    findStage(stages, 'DEPS'),
    findStage(stages, '3'),
    findStage(stages, '9'),
    findStage(stages, 'nope'),
  ]).toEqual([1, 3, undefined, undefined])
})

test('counts the steps of a target and of what it needs, each once', () => {
  const stages = listStages(parseInstructions(text, 'skip'))
  expect([countSteps(stages, 1), countSteps(stages, 3), countSteps(stages, 4)]).toEqual([5, 8, 2])
})
