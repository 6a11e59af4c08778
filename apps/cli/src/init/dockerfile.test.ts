import { expect, test } from 'vitest'
import { chooseTargets } from './choose-targets.ts'
import { readStages } from './dockerfile.ts'

const read = (text: string) => readStages(text, 'Dockerfile')
const last = (text: string) => read(text).at(-1)

test('lines that go on, here-documents, arguments and variables are read as a builder reads them', () => {
  expect(
    last(`ARG BASE=alpine
FROM $BASE:3 AS App
ARG PORT_OF=30
ENV PORT=\${PORT_OF}00 ACCOUNT=app
RUN <<EOF
EXPOSE 1
USER root
EOF
EXPOSE $PORT \\
  # between
  53/udp
USER \${ACCOUNT}:\${ACCOUNT}
VOLUME ["/data", \\
  "/media"]
HEALTHCHECK --interval=5s CMD curl -f http://localhost:$PORT/up || exit 1
ENTRYPOINT ["/init"]`),
  ).toEqual({
    name: 'app',
    user: 'app:app',
    ports: [
      { port: 3000, protocol: 'tcp' },
      { port: 53, protocol: 'udp' },
    ],
    portVariable: '3000',
    volumes: ['/data', '/media'],
    health: 'curl -f http://localhost:3000/up || exit 1',
    hasEntrypoint: true,
    hasCommand: false,
  })
})

test('a stage has what the stage has that it begins from, and may say otherwise', () => {
  const stages = read('FROM a AS base\nEXPOSE 80\nUSER 1001\nENV PORT=80\nFROM base\nUSER 0\nHEALTHCHECK NONE\nCMD []')
  expect(stages[1]).toMatchObject({
    name: undefined,
    user: '0',
    ports: [{ port: 80 }],
    portVariable: '80',
    health: 'none',
    hasCommand: false,
  })
  expect(stages[0]).toMatchObject({ user: '1001', health: undefined })
})

test('what a trigger says is not of this image, and a range of ports is each of them', () => {
  expect(last('FROM a\nONBUILD USER 7\nEXPOSE 8000-8002 99999 x 5-4')).toMatchObject({
    user: undefined,
    ports: [8000, 8001, 8002].map((port) => ({ port, protocol: 'tcp' })),
  })
})

test('what has no stage, or more than are read, is refused by its name', () => {
  expect(() => read('RUN id')).toThrow('Dockerfile: has no FROM')
  expect(() => read('FROM a\n'.repeat(1_100))).toThrow('Dockerfile: the Dockerfile has more than')
})

test.each([
  ['FROM a', undefined, { targets: undefined, name: undefined, steps: [] }],
  ['FROM a AS x\nFROM b', undefined, { targets: undefined, name: undefined, steps: ['x'] }],
  ['FROM a AS build\nFROM b AS run', undefined, { targets: ['run'], name: 'run', steps: ['build'] }],
  [
    'FROM a AS dev\nFROM b AS production\nFROM c AS docs',
    undefined,
    { targets: ['dev', 'production'], name: 'production', steps: ['docs'] },
  ],
  ['FROM a AS release\nFROM b AS upload', undefined, { targets: ['release'], name: 'release', steps: ['upload'] }],
  ['FROM a AS dev\nFROM b AS final', 'dev', { targets: ['dev', 'final'], name: 'dev', steps: [] }],
])('targets of %j: %j', (text, wanted, { targets, name, steps }) => {
  const chosen = chooseTargets(read(text), wanted)
  expect({ targets: chosen.targets, name: chosen.stage.name, steps: chosen.steps }).toEqual({ targets, name, steps })
})
