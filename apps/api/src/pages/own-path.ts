/** An address at or below one of these paths of the own server to be led to, or the first of them where it is anything else. */
export function chooseOwnPath(wanted: string | null, bases: readonly [string, ...string[]]): string {
  const own = 'http://own.invalid'
  if (wanted === null || !URL.canParse(wanted, own)) return bases[0]
  const { origin, pathname, search } = new URL(wanted, own)
  const isBelow = bases.some((base) => pathname === base || pathname.startsWith(`${base}/`))
  return origin === own && isBelow ? pathname + search : bases[0]
}
