import type { AuditEntry } from '@stevedore/contract'

/** One entry a line, as the API gave it: with it the chain can be recomputed elsewhere. */
export function writeJsonLines(entries: readonly AuditEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}

const columns = ['seq', 'at', 'actor', 'action', 'app', 'environment', 'jobId', 'detail', 'hash'] as const

/** RFC 4180, for programs that show tables. */
export function writeCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map((entry) => columns.map((name) => toCell(entry[name])))
  return [columns, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** What begins like a formula would be run as one by the program that opens it. */
function toCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
