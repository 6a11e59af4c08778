import { suggest } from './nearest.ts'

/** As IANA names them; an offset alone knows no summer. */
const form = /^[A-Za-z][A-Za-z0-9_+-]{0,30}(\/[A-Za-z0-9_+-]{1,30}){0,2}$/

/** Why a text names no time zone; undefined where it does. */
export function findTimezoneFault(name: string): string | undefined {
  if (form.test(name) && isKnown(name)) return undefined
  return `is no time zone of the IANA list, such as Europe/Berlin${suggest(name, Intl.supportedValuesOf('timeZone'))}`
}

function isKnown(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
