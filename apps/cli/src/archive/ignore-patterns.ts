import { CliError, exitStatus } from '../exit.ts'

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

/** Reads a `.dockerignore` as Docker does: the last pattern that matches a path or a folder above it decides. Throws CliError. */
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
  const glob = (keeps ? line.slice(1) : line).trim().replace(/^(\.?\/)+|\/{0,64}$/g, '')
  if (glob === '' || glob === '.') return []
  try {
    return [{ keeps, expression: toExpression(glob) }]
  } catch {
    // As Docker's own client: what is left out would not be what somebody meant.
    throw new CliError(exitStatus.usage, `.dockerignore has a line that is no pattern: ${line}`, 'write it otherwise')
  }
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
