/** An address below this path of the own server to be led to, or the path itself where it is anything else. */
export function chooseOwnPath(wanted: string | null, base: string): string {
  const own = 'http://own.invalid'
  if (wanted === null || !URL.canParse(wanted, own)) return base
  const { origin, pathname, search } = new URL(wanted, own)
  const isBelow = pathname === base || pathname.startsWith(`${base}/`)
  return origin === own && isBelow ? pathname + search : base
}
