import { parseInstructions, readEscapeMark, readGlobals } from '@stevedore/formats'
import { expect, test } from 'vitest'
import { type Addition, listAdditions, listFetches, listTriggerFetches, refuseAmbiguous } from './fetches.ts'
import { rewriteDockerfile, writeCopy, writeFrom } from './rewrite.ts'

const denied = expect.objectContaining({ code: 'address-not-allowed' })

/** What all stages of a text fetch, the stages' variables beginning with those of a base. */
function read(text: string, args: Record<string, string> = {}, base: Record<string, string> = {}) {
  const instructions = parseInstructions(text, 'skip')
  const given = { args, platform: { TARGETARCH: 'amd64' }, escapeMark: readEscapeMark(text) }
  refuseAmbiguous(text, instructions)
  const globals = readGlobals(instructions, given)
  const stages = listFetches(instructions, given)
  const additions = stages.flatMap((stage) =>
    listAdditions(stage, { args: new Map(), env: new Map(Object.entries(base)) }, globals, given),
  )
  return {
    stages,
    additions,
    images: stages.flatMap(({ base: from, images }) => [from, ...images].flatMap((one) => one?.image ?? [])),
  }
}

const sourcesOf = (additions: readonly Addition[]) => additions.map(({ sources }) => sources.join(' '))

test.each([
  ['FROM a', ['a']],
  ['FROM a AS b\nFROM b\nCOPY --from=b /x /\nCOPY --from=0 /x /', ['a']],
  ['FROM scratch\nCOPY --from=reg.example.com/x:1 /x /', ['reg.example.com/x:1']],
  ['FROM a\nRUN --mount=type=bind,from=10.0.0.1/x,target=/x id', ['a', '10.0.0.1/x']],
  ['FROM a\nRUN --mount=from=10.0.0.1/x,target=/x id', ['a', '10.0.0.1/x']],
  ['FROM a\nRUN --mount=type=bind,"FROM=10.0.0.1/x" id', ['a', '10.0.0.1/x']],
  ['FROM a\nRUN --mount=type=bind,from=b,from=10.0.0.5:5000/x,target=/x id', ['a', 'b', '10.0.0.5:5000/x']],
  ['FROM a\nRUN --mount=from=b,target=/b --mount=type=bind,source="a b",from=c id', ['a', 'b', 'c']],
  ['FROM a AS b\nFROM 0\nCOPY --from=0 /x /', ['a', '0']],
  [`ARG TAG=3\nFROM a:\${TAG}`, ['a:3']],
  ['ARG TAG=3\nARG BASE=a:$TAG\nFROM --platform=$BUILDPLATFORM "$BASE" AS x', ['a:3']],
  [`FROM a-\${TARGETARCH}`, ['a-amd64']],
  [`ARG B\nFROM \${B:-localhost/x}`, ['localhost/x']],
  ['ARG BASE=b\nFROM a AS b\nFROM $BASE', ['a']],
  ['FROM a\nONBUILD COPY --from=127.0.0.1:1/x /x /', ['a', '127.0.0.1:1/x']],
])('%j asks registries for %j', (text, images) => {
  expect(read(text).images).toEqual(images)
})

test('takes a build argument before what the text says', () => {
  expect(read('ARG TAG=3\nFROM a:$TAG', { TAG: '4' }).images).toEqual(['a:4'])
})

test.each([
  ['ADD http://127.0.0.1/x /', 'http://127.0.0.1/x'],
  ['ADD --chown=1:1 --checksum=sha256:0 https://x.example/a /', 'https://x.example/a'],
  ['ADD ["https://x.example/a", "/"]', 'https://x.example/a'],
  ['ADD \\\n  # between\n  https://x.example/a \\\n  /', 'https://x.example/a'],
  ['ADD ht"tp://x.example/a" /', 'http://x.example/a'],
  ['ADD h\\ttp://x.example/a /', 'http://x.example/a'],
  ['ARG H=http://x.example\nADD $H/a /', 'http://x.example/a'],
  [`ENV H http://x.example\nADD \${H}/a /`, 'http://x.example/a'],
  [`ENV A=1 H="http://x.example"\nADD \${H}/\${A} /`, 'http://x.example/1'],
  [`ADD \${U:-http://x.example/a} /`, 'http://x.example/a'],
  [`ADD \${BASE_URL}/a /`, 'http://base.example/a'],
  ['ADD git@x.example:a/b.git /', 'git@x.example:a/b.git'],
  ['ARG DIR=src\nADD $DIR /', 'src'],
])('%j adds %j', (line, source) => {
  expect(sourcesOf(read(`FROM a\n${line}`, {}, { BASE_URL: 'http://base.example' }).additions)).toEqual([source])
})

test.each([
  'ADD . /app',
  'ADD a.tar.gz b /app/',
  'COPY $DIR /',
  'ADD <<EOF /x\nhttp://x.example/a\nEOF',
  'RUN ADD http://x/ /',
])('%j adds nothing of elsewhere', (line) => {
  expect(read(`FROM a\n${line}`).additions).toEqual([])
})

test.each([
  `FROM \${X%y}`,
  'FROM a\nCOPY --from=$X /x /',
  'FROM a\nRUN --mount=from=$X id',
  `FROM a\nARG U\nADD \${U#x} /`,
  `FROM a\nENV U=\${V%x}\nADD $U /`,
  'FROM a\nADD $1 /',
  'FROM a\nADD http://x.example/a b /',
  'FROM a\nONBUILD ADD http://x.example/a /',
  'FROM a\nONBUILD ADD $X /',
  // What one builder takes for text, and another for an instruction.
  'FROM a\nRUN <<EOF\nADD http://x.example/a /\nEOF',
  'FROM a\nRUN echo "a <<EOF b"\nADD http://x.example/a /\nEOF',
  'FROM a\nRUN <<EOF\nFROM localhost/x AS y\nEOF',
  '# a comment\n# escape=`\nFROM a\nRUN echo `\nADD http://x.example/a /',
  '# escape=`\n# a comment\n# escape=\\\nFROM a\nRUN echo \\\nADD http://x.example/a /',
  '# escape=`x\nFROM a\nRUN echo \\\nADD http://x.example/a /',
  'FROM a\nADD ["http://x.example/a", "/"] more',
  'FROM a\nRUN <<EOF\nADD ["\\u0068ttp\\u003a//x.example/a", "/"]\nEOF',
  'FROM a\nRUN echo \\\\\nADD http://x.example/a /',
  // Flags that builders end, or read, by rules of their own.
  'FROM a\nRUN --mount=target=/a\\ b,from=10.0.0.5:5000/x,type=bind id',
  'FROM a\nRUN --mount=target="/a\\"b,from=10.0.0.5:5000/x" id',
  'FROM a\nRUN --mount=fr\\om=10.0.0.5:5000/x,target=/x id',
  '# escape=`\nFROM a\nRUN --mount=fr\\om=10.0.0.5:5000/x,target=/x id',
  '# escape=`\nFROM a\nRUN --mount=fr``om=10.0.0.5:5000/x,target=/x id',
  `FROM a\nCOPY --chown='"'--from=10.0.0.5/x /a /b`,
  'FROM a\nCOPY --chown="a --from=10.0.0.5/x /a /b',
  'FROM a\nCOPY --chown=à--from=10.0.0.5/x /a /b',
  'FROM a\nRUN --mount=target=/x\u2003,from=10.0.0.5/x id',
  'FROM a\nCOPY \ufffd--from=10.0.0.5/x /a /b',
  'FROM a\nCOPY --chown=1 \ufffd--from=10.0.0.5/x /a /b',
  'FROM a\nADD -- ["http://x.example/a", "/"]',
  'FROM a\nCOPY --from 10.0.0.5/x /a /b',
  'FROM a\nRUN --mount id',
  'FROM a\nONBUILD COPY --fr\\om=10.0.0.5/x /a /b',
  'FROM --platform=\\ a b',
  'FROM a AS x\nFROM b AS X\nCOPY --from=x /a /b',
  // Here-documents whose last line could hide what follows.
  "FROM a\nCOPY <<'E\\' /d\nx\nE\\\nCOPY --from=10.0.0.5/x /a /b",
  'FROM a\nCOPY <<"E F" /d\nx\nE F',
  'FROM a\nRUN cat <<-E$X\nx\nE',
  'FROM a\nRUN cat \\<<"E \\"\nx\nE \\\nCOPY --from=10.0.0.5/x /a /b',
  'FROM a\nRUN <<EOF\nx\n\tEOF\nCOPY --from=10.0.0.5/x /a /b\nEOF',
])('refuses %j', (text) => {
  expect(() => read(text)).toThrow(denied)
})

test('knows a directive that all builders take', () => {
  const text = '# escape=`\nFROM a AS b\nFROM c\nCOPY --from=b `\n  /x /\nADD http://x.example/a `\n  /'
  expect(sourcesOf(read(text).additions)).toEqual(['http://x.example/a'])
})

test('refuses nothing of a script that only looks like one', () => {
  expect(read('FROM a\nRUN <<EOF\nfrom os import path\nADD this to that\nEOF').images).toEqual(['a'])
})

test.each([
  'RUN cat <<EOF\nx\nEOF',
  'COPY <<\'EOF\' <<"B" /d/\nx\nEOF\ny\nB',
  'RUN cat <<-EOF\nx\n\tEOF',
  'RUN grep x <<<"a b" && echo $((1<<2)) $(( 1 << 2 ))',
])('takes the here-documents of %j', (line) => {
  expect(read(`FROM a\n${line}\nCOPY --from=b /x /`).images).toEqual(['a', 'b'])
})

test('takes what Go takes for a space as one', () => {
  expect(sourcesOf(read('FROM a\n\u0085ADD http://x.example/a /').additions)).toEqual(['http://x.example/a'])
})

test('judges what a base does to those that begin from it', () => {
  const base = { image: 'a', line: 7 }
  expect(listTriggerFetches(['ADD . /app', 'COPY --from=10.0.0.1/x /x /', 'RUN id'], base)).toEqual([
    { image: '10.0.0.1/x', line: 7 },
  ])
  for (const trigger of [
    'ADD http://x.example/a /',
    'ADD $X /',
    'ADD ["http://x.example/a", "/"]',
    'COPY --from=$X /x /',
    'COPY --from=stage /x /',
    'COPY --from=0 /x /',
    'COPY --fr\\om=10.0.0.1/x /x /',
    'ADD ["http://x.example/a", "/"] more',
  ])
    expect(() => listTriggerFetches([trigger], base)).toThrow(denied)
})

test('hands on what was judged, each line at its place', () => {
  const text =
    'ARG T=3\nFROM --platform=$P a:$T AS b\nADD --chown=1 --checksum=sha256:0 \\\n  http://x.example/a \\\n  "/dir/"\nRUN id'
  const { stages, additions } = read(text)
  const from = stages.flatMap((stage) => (stage.from ? [{ instruction: stage.from, text: writeFrom(stage.from) }] : []))
  const added = additions.map(({ instruction, target }) => ({
    instruction,
    text: writeCopy(instruction, ['/0/a', target], 'i.invalid/x'),
  }))
  expect(rewriteDockerfile(text, [...from, ...added])).toBe(
    'ARG T=3\nFROM --platform=$P a:3 AS b\nCOPY --from=i.invalid/x --chown=1 ["/0/a","\\"/dir/\\""]\n\n\nRUN id',
  )
})
