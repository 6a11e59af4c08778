interface Pattern {
  expression: RegExp
  /** Written with `!`: what it matches stays in. */
  keeps: boolean
}

export interface IgnorePatterns {
  /** @param path relative, with forward slashes */
  excludes(path: string): boolean
  /** A folder that is excluded may still hold files that an exception keeps. */
  hasExceptions: boolean
}

/** Reads a `.dockerignore` as Docker does: the last pattern that matches a path or a folder above it decides. */
export function parseIgnorePatterns(text: string): IgnorePatterns {
  const patterns = text.split(/\r?\n/).flatMap((line) => toPattern(line.trim()))
  return {
    hasExceptions: patterns.some((pattern) => pattern.keeps),
    excludes: (path) => !(patterns.findLast(({ expression }) => expression.test(path))?.keeps ?? true),
  }
}

function toPattern(line: string): Pattern[] {
  if (line === '' || line.startsWith('#')) return []
  const keeps = line.startsWith('!')
  const glob = (keeps ? line.slice(1) : line).trim().replace(/^(\.?\/)+|(?<!\/)\/+$/g, '')
  return glob === '' || glob === '.' ? [] : [{ keeps, expression: toExpression(glob) }]
}

/** `**` spans folders, `*` and `?` stay within one; a match of a folder is one of all that it holds. */
function toExpression(glob: string): RegExp {
  const parts = glob.match(/\*\*\/?|\*|\?|\[[^\]]+\]|\\.|[^*?[\\]+|./g) ?? []
  return new RegExp(`^${parts.map(toExpressionPart).join('')}(/|$)`)
}

function toExpressionPart(part: string): string {
  if (part === '**/') return '(.*/)?'
  if (part === '**') return '.*'
  if (part === '*') return '[^/]*'
  if (part === '?') return '[^/]'
  if (/^\[.+\]$/.test(part)) return part
  return (part.startsWith('\\') ? part.slice(1) : part).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
