import {
  type AnswerOf,
  type InputOf,
  notFound,
  type OperationName,
  type Operations,
  operations,
  type StreamName,
} from '@stevedore/contract'
import { CliError, exitStatus } from '../exit.ts'
import { systemCode } from '../system-error.ts'
import { nameAbsent } from './name-absent.ts'
import { Refusal, readRefusal } from './refusal.ts'
import { type RequestInput, toRequest } from './request.ts'
import { isAway, retryWhileAway } from './retry.ts'

interface Patience {
  signal?: AbortSignal
  /** How long to wait for a server that is away; a restart takes a few seconds. */
  patienceMs?: number
}

type CallOf<N extends OperationName> = InputOf<Operations[N]> & Patience

/**
 * The REST API, each operation by its name in the contract's table. Rejects with a `Refusal` or a `CliError` of status `unreachable`.
 * Answers are taken as the table has them and not checked: a newer server may say more.
 */
export interface Client {
  url: string
  call<N extends Exclude<OperationName, StreamName>>(name: N, input: CallOf<N>): Promise<AnswerOf<Operations[N]>>
  /** The answer as it comes; one without content is a stream that ends at once. */
  openStream<N extends StreamName>(name: N, input: CallOf<N>): Promise<Streamed>
}

interface Streamed {
  body: ReadableStream<Uint8Array>
  headers: Headers
}

interface ClientOptions {
  url: string
  token: string | undefined
  patienceMs?: number
}

const defaultPatienceMs = 1_000

export function createClient({ url, token, patienceMs = defaultPatienceMs }: ClientOptions): Client {
  async function send(name: OperationName, input: RequestInput & Patience): Promise<Response> {
    const request = () => ask(toRequest({ url, token }, operations[name], input))
    try {
      return await retryWhileAway(request, input.patienceMs ?? patienceMs, input.signal)
    } catch (error) {
      throw isUnnamed(error) ? await nameAbsent(listApps, name, input, error) : explain(url, error)
    }
  }

  const listApps = async () => (await client.call('listApps', { patienceMs: 0 })).items

  const client: Client = {
    url,
    call: async (name, input) => readJson(await send(name, input)),
    async openStream(name, input) {
      const { body, headers } = await send(name, input)
      return { body: body ?? ReadableStream.from([]), headers }
    },
  }
  return client
}

/** That something is not there, without what. */
function isUnnamed(error: unknown): error is Refusal {
  return error instanceof Refusal && error.problem.status === 404 && error.problem.detail === notFound().message
}

async function ask(request: Request): Promise<Response> {
  const response = await fetch(request)
  if (!response.ok) throw await readRefusal(response)
  return response
}

async function readJson(response: Response) {
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}

/** Lost connections get a sentence and a remedy; every other error is as it was. */
function explain(url: string, error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof CliError) return cause
  if (error instanceof CliError || !isAway(error)) return error
  const reason = systemCode(cause) ?? (cause instanceof Error ? cause.message : String(error))
  return new CliError(
    exitStatus.unreachable,
    `The server at ${url} can't be reached (${reason})`,
    'Start it with: stevedore up. Is it elsewhere? Set STEVEDORE_URL.',
  )
}
