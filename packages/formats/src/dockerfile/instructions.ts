/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** In upper case; of `ONBUILD RUN …` it is `RUN`, for what it will do. */
  name: string
  /** Whether it is for builds that begin from this one's image. */
  onBuild: boolean
  /** `--network=none`, without quotes, which builders take out before they read a flag. */
  flags: string[]
  /** The flags as they are written. */
  flagText: string
  rest: string
  /** Where it stands, counted from 1; the last line is that of a continued one. */
  line: number
  lastLine: number
}

/** How a text is taken: builders and their versions differ. */
export interface Reading {
  /** `skip` leaves the bodies of here-documents out; older builders know none and read their lines as instructions. */
  heredocs: 'skip' | 'read'
  escapeMark: string
  /** Whether a line that ends in two escape marks goes on; with newer builders the first takes the second's meaning. */
  doubled: 'continues' | 'ends'
}

/** Reads as much of a Dockerfile as is needed to judge it and to count its steps. */
export function parseInstructions(text: string, heredocs: Reading['heredocs']): Instruction[] {
  return readInstructions(text, { heredocs, escapeMark: readEscapeMark(text), doubled: 'continues' })
}

export function readEscapeMark(text: string): string {
  return readDirectives(text).get('escape') === '`' ? '`' : '\\'
}

export function readInstructions(text: string, reading: Reading): Instruction[] {
  const lines = splitLines(text).map((line, index) => ({ text: line, number: index + 1 }))
  const joined = joinLines(reading.heredocs === 'skip' ? skipHeredocs(lines) : lines, reading)
  return joined.flatMap(parseInstruction)
}

/** Go, which the builders are written in, takes U+0085 for a space; JavaScript does not. */
export function splitLines(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .replaceAll('\u0085', ' ')
    .split(/\r?\n/)
}

interface Line {
  text: string
  number: number
}

interface JoinedLine extends Line {
  last: number
}

/** Comment lines and, between continued lines, empty ones are no part of an instruction. */
function joinLines(lines: readonly Line[], reading: Reading): JoinedLine[] {
  const joined: JoinedLine[] = []
  let open: JoinedLine | undefined
  for (const { text, number } of lines) {
    if (/^\s*#/.test(text) || text.trim() === '') continue
    const trimmed = text.replace(/(?<![ \t])[ \t]+$/, '')
    const isOpen = continues(trimmed, reading)
    const from: JoinedLine = open ?? { text: '', number, last: number }
    open = { ...from, text: from.text + (isOpen ? trimmed.slice(0, -1) : text), last: number }
    if (isOpen) continue
    joined.push(open)
    open = undefined
  }
  return open ? [...joined, open] : joined
}

function continues(trimmed: string, { escapeMark, doubled }: Reading): boolean {
  return trimmed.endsWith(escapeMark) && (doubled === 'continues' || !trimmed.endsWith(escapeMark + escapeMark))
}

const heredoc = /(?<=\s)\d*<<(-?)(["']?)([A-Za-z_]\w*)\2(?=\s|$)/g

/** What is never closed is no here-document. */
function skipHeredocs(lines: readonly Line[]): Line[] {
  const kept: Line[] = []
  const ends = { exact: placeLines(lines, (text) => text), indented: placeLines(lines, dropTabs) }
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]
    if (!line) break
    kept.push(line)
    if (!/^\s*(onbuild\s+)?(run|copy|add)\s/i.test(line.text)) continue
    for (const [, dash, , name] of line.text.matchAll(heredoc)) {
      at = findNext((dash ? ends.indented : ends.exact).get(name ?? ''), at) ?? at
    }
  }
  return kept
}

function dropTabs(text: string): string {
  return text.replace(/^\t+/, '')
}

/** Where each text stands, the last place first: looking through all lines for each here-document would take their number squared. */
function placeLines(lines: readonly Line[], toText: (text: string) => string): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const text = toText(lines[at]?.text ?? '')
    const known = places.get(text)
    if (known) known.push(at)
    else places.set(text, [at])
  }
  return places
}

/** The first place behind another one; those before it are let go of, since nobody looks back. */
function findNext(places: number[] | undefined, behind: number): number | undefined {
  while (places && (places.at(-1) ?? Number.POSITIVE_INFINITY) <= behind) places.pop()
  return places?.at(-1)
}

function parseInstruction({ text, number, last }: JoinedLine): Instruction[] {
  const [, trigger, name = '', after = ''] = /^\s*(onbuild\s+)?([a-z]+)\s*(.*)$/is.exec(text) ?? []
  if (name === '') return []
  const flags: string[] = []
  let rest = after.trim()
  for (let flag = readFlag(rest); flag; flag = readFlag(rest)) {
    flags.push(flag.replaceAll(/["']/g, ''))
    rest = rest.slice(flag.length).replace(/^[\t\v\f\r ]+/, '')
  }
  const flagText = after
    .trim()
    .slice(0, after.trim().length - rest.length)
    .trim()
  const onBuild = trigger !== undefined
  return [{ name: name.toUpperCase(), onBuild, flags, flagText, rest: rest.trim(), line: number, lastLine: last }]
}

/** It ends where a builder ends it, at an ASCII space alone; a quote that is never closed takes all that follows. */
function readFlag(text: string): string | undefined {
  return /^--(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\t\v\f\r "'])+/.exec(text)?.[0]
}

/**
 * The parser directives of a Dockerfile: `# syntax=…`, `# escape=…`, in lower case. Builders look for them among the first comments
 * and differ in where they stop looking, so that all leading comments count here.
 */
export function readDirectives(text: string): Map<string, string> {
  const lines = splitLines(text)
  const end = lines.findIndex((line) => line.trim() !== '' && !/^\s*(#|\/\/)/.test(line))
  const found = lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => /^\s*(?:#|\/\/)\s*([a-z]+)\s*=\s*(\S+)/i.exec(line))
  const asJson = /^\s*\{[\s\S]*?"syntax"\s*:\s*"([^"]*)"/i.exec(text)?.[1]
  return new Map([
    ...(asJson === undefined ? [] : ([['syntax', asJson]] as const)),
    ...found.flatMap((match) => (match?.[1] && match[2] ? [[match[1].toLowerCase(), match[2]] as const] : [])),
  ])
}
