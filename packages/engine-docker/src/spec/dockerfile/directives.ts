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
