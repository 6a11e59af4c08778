import { FailureError } from '@stevedore/contract'
import { guardedFetch, readDocument } from '@stevedore/source'

const queryTimeoutMs = 5_000
const maxAnswerBytes = 1_048_576

interface Question {
  /** Where it is: `http://prometheus:9090`. */
  address: string
  query: string
  /** Hosts on private networks, each as it is or with a port, that it may be at. */
  allowedHosts: readonly string[]
}

/**
 * The single value of a query; undefined where it has none or several. Who answered may be anybody: nothing of an answer is told but its
 * status. Throws an Error that says why there is none.
 */
export async function askPrometheus(
  { address, query, allowedHosts }: Question,
  signal: AbortSignal,
): Promise<number | undefined> {
  const url = new URL(`${address.replace(/\/{0,64}$/, '')}/api/v1/query`)
  url.searchParams.set('query', query)
  const ends = { signal: AbortSignal.any([signal, AbortSignal.timeout(queryTimeoutMs)]) }
  const codes = { unreachable: 'internal', refused: 'internal' } as const
  const headers = { accept: 'application/json' }
  const judgeRedirect = () => 'Prometheus leads on to another address'
  const answer = await guardedFetch({ url, headers, allowedHosts, judgeRedirect, ...codes, ...ends })
  const isGood = answer.status === 200 && /^application\/json\b/.test(answer.headers['content-type'] ?? '')
  if (!isGood) answer.body.destroy()
  if (answer.status !== 200) throw new Error(`Prometheus answered ${answer.status}`)
  if (!isGood) throw new Error('Prometheus answered no JSON')
  const tooLarge = () => new FailureError('internal', { diagnosis: 'Prometheus answered too much' })
  const document = await readDocument(answer, { ...codes, ...ends, maxBytes: maxAnswerBytes, tooLarge })
  return readValue(parseJson(document.toString()))
}

/** An error of the parser would quote what it reads. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('Prometheus answered no JSON')
  }
}

/** The single value of a scalar or of a vector with one element; anything else is no value. */
function readValue(answer: unknown): number | undefined {
  const { data } = Object(answer) as { data?: { resultType?: string; result?: unknown } }
  const pair = data?.resultType === 'scalar' ? data.result : readOnly(data?.result)
  return Array.isArray(pair) ? Number(pair[1]) : undefined
}

function readOnly(result: unknown): unknown {
  return Array.isArray(result) && result.length === 1 ? (result[0] as { value?: unknown }).value : undefined
}
