import { fillIn, send, writeQuery } from '../../api/client.ts'

/** What differs between two revisions. */
export interface Comparison {
  from: number
  to: number
  changes: { path: string; from: unknown; to: unknown }[]
}

/** The two that an address names: `?from=3&to=4`. Throws what the client throws. */
export async function compareRevisions(
  params: { app: string; environment: string },
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Comparison | null> {
  const [from, to] = [query.get('from'), query.get('to')]
  if (!from || !to) return null
  const url = fillIn('/v1/apps/:app/environments/:environment/compare', params)
  return (await send(url + writeQuery({ from, to }), { signal })).json()
}
