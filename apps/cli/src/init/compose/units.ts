const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 0.001, ns: 0.000_001 }

/** `1m30s` in milliseconds; a bare number is of seconds. Undefined for what is no duration. */
export function readDurationMs(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 40) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|us|ns|s)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined
  const total = parts.reduce((sum, [, number, unit = 's']) => sum + Number(number) * (unitMs[unit] ?? 0), 0)
  return Math.round(total)
}

/** As a spec writes one: `90s`. */
export function writeDuration(ms: number): string {
  if (ms % 1_000 !== 0) return `${ms}ms`
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000}h`
  return ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000}m` : `${ms / 1_000}s`
}

/** `512m`, `1gb`, `1.5G` as a spec writes them; compose's units are powers of 1024. */
export function toMemory(text: string | undefined): string | undefined {
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)\s?(b|[kmgt]i?b?)?$/i.exec(text ?? '') ?? []
  if (number === undefined) return undefined
  const bytes = Math.round(
    Number(number) * 1_024 ** ' kmgt'.indexOf((unit.toLowerCase().charAt(0) || 'b').replace('b', ' ')),
  )
  const fitting = (['Gi', 'Mi', 'Ki'] as const).find((_, index) => bytes % 1_024 ** (3 - index) === 0 && bytes > 0)
  return fitting ? `${bytes / 1_024 ** { Gi: 3, Mi: 2, Ki: 1 }[fitting]}${fitting}` : String(bytes)
}

/** `0.50` in millicores. */
export function toCpu(text: string | undefined): string | undefined {
  const cores = Number(text)
  if (text === undefined || text.trim() === '' || !Number.isFinite(cores) || cores <= 0) return undefined
  return Number.isInteger(cores) ? String(cores) : `${Math.max(1, Math.round(cores * 1_000))}m`
}
