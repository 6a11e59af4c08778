import { formatDuration, formatTime } from './time.ts'

/** Long before its end a certificate should have been replaced: most that are renewed by themselves are, 30 days before. */
const noticeDays = 21
const dayMs = 86_400_000

/** `2026-12-24 12:30:05`, with a mark where it is near or over. */
export function describeExpiry(expiresAt: string, now = Date.now()): string {
  const leftMs = Date.parse(expiresAt) - now
  if (leftMs <= 0) return `${formatTime(expiresAt)} EXPIRED`
  return isExpiring(expiresAt, now)
    ? `${formatTime(expiresAt)} SOON, in ${formatDuration(leftMs)}`
    : formatTime(expiresAt)
}

/** Whether it has expired or is about to. */
export function isExpiring(expiresAt: string, now = Date.now()): boolean {
  return Date.parse(expiresAt) - now <= noticeDays * dayMs
}
