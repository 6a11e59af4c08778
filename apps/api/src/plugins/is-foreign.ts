import { isIP } from 'node:net'

/** What a browser tells of a request, and what it was sent to. */
export interface Provenance {
  method: string
  origin?: string | undefined
  host?: string | undefined
  /** `Sec-Fetch-Site`, which no page can set. */
  site?: string | undefined
}

/**
 * Whether another site made a browser send this. `Sec-Fetch-Site` decides where it says `same-origin`: it is sent over TLS and to this
 * machine alone, so no name was pointed here by somebody else, and it holds behind a proxy that ends TLS and where a page hides its
 * origin. Without it the own site is the configured address, or the address it was sent to when that is a number or localhost.
 */
export function isForeign({ method, origin, host, site }: Provenance, ownUrl: string): boolean {
  if (site === 'same-origin') return false
  // Whoever follows a link from elsewhere only looks.
  if (origin === undefined) return isFromElsewhere(site) && method !== 'GET' && method !== 'HEAD'
  if (!URL.canParse(origin)) return true
  const from = new URL(origin)
  if (from.origin === new URL(ownUrl).origin) return false
  const name = from.hostname.replace(/^\[|\]$/g, '')
  return from.host !== host || (isIP(name) === 0 && name !== 'localhost')
}

function isFromElsewhere(site: string | undefined): boolean {
  return site === 'cross-site' || site === 'same-site'
}
