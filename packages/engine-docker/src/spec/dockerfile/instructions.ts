/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** In upper case; of `ONBUILD RUN …` it is `RUN`, for what it will do. */
  name: string
  /** `--network=none`, without quotes and escapes, which builders take out before they read a flag. */
  flags: string[]
  rest: string
}

/**
 * Reads as much of a Dockerfile as is needed to judge it and to count its steps.
 * @param heredocs `skip` leaves the bodies of here-documents out; older builders know none and read their lines as instructions
 */
export function parseInstructions(text: string, heredocs: 'skip' | 'read'): Instruction[] {
  const escapeMark = readDirectives(text).get('escape') === '`' ? '`' : '\\'
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const joined = joinLines(heredocs === 'skip' ? skipHeredocs(lines) : lines, escapeMark)
  return joined.flatMap((line) => parseInstruction(line, escapeMark))
}

/** Comment lines and, between continued lines, empty ones are no part of an instruction. */
function joinLines(lines: string[], escapeMark: string): string[] {
  const joined: string[] = []
  let open = ''
  for (const line of lines) {
    if (/^\s*#/.test(line) || line.trim() === '') continue
    const continues = line.trimEnd().endsWith(escapeMark)
    open += continues ? line.trimEnd().slice(0, -1) : line
    if (continues) continue
    joined.push(open)
    open = ''
  }
  return open ? [...joined, open] : joined
}

const heredoc = /(?<=\s)\d*<<-?["']?([A-Za-z_][A-Za-z0-9_]*)["']?(?=\s|$)/g

/** What is never closed is no here-document. */
function skipHeredocs(lines: string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    kept.push(line)
    if (!/^\s*(onbuild\s+)?(run|copy|add)\s/i.test(line)) continue
    for (const [, name] of line.matchAll(heredoc)) {
      const end = lines.findIndex((text, index) => index > at && text.replace(/^\t+/, '') === name)
      if (end > 0) at = end
    }
  }
  return kept
}

function parseInstruction(line: string, escapeMark: string): Instruction[] {
  const [, name = '', after = ''] = /^\s*(?:onbuild\s+)?([a-z]+)\s*(.*)$/is.exec(line) ?? []
  if (name === '') return []
  const flags: string[] = []
  let rest = after.trim()
  for (let flag = readFlag(rest); flag; flag = readFlag(rest)) {
    flags.push(flag.replaceAll(/["']/g, '').replaceAll(escapeMark, ''))
    rest = rest.slice(flag.length).trim()
  }
  return [{ name: name.toUpperCase(), flags, rest }]
}

/** A flag's value may be quoted with spaces inside. */
function readFlag(text: string): string | undefined {
  return /^--(?:"[^"]*"|'[^']*'|[^\s"'])+/.exec(text)?.[0]
}

/**
 * The parser directives of a Dockerfile: `# syntax=…`, `# escape=…`, in lower case. Builders look for them among the first comments
 * and differ in where they stop looking, so that all leading comments count here.
 */
export function readDirectives(text: string): Map<string, string> {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
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
