import type { AnswerOf, InputOf, Operations } from '@stevedore/contract'
import { type Asked, addresses } from './addresses.ts'
import { readRefusal } from './problem.ts'

type Options = { signal?: AbortSignal }

/** Asks the public API for one of its operations, with the session's cookie. Throws RefusedError, or TypeError without an answer. */
export async function ask<N extends Asked>(
  name: N,
  input: InputOf<Operations[N]> & Options,
): Promise<AnswerOf<Operations[N]>> {
  const { params, query, body, headers, signal } = input as Loose
  const [method = '', url = ''] = addresses[name].split(' ')
  const askOnce = async () =>
    readJson(await send(fillIn(url, params) + writeQuery(query), { method, body, headers, signal }))
  return method === 'GET' ? readAgain(askOnce, signal) : askOnce()
}

const againAfterMs = 500

/** What only reads is asked once more where no answer came: a browser drops what is under way when the network of its machine changes. */
async function readAgain<T>(read: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof TypeError) || signal?.aborted) throw error
    await new Promise((resolve) => setTimeout(resolve, againAfterMs))
    return read()
  }
}

async function readJson(response: Response) {
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}

interface Loose extends Options {
  params?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  headers?: Record<string, string>
}

/** Sends a request to the own server; one who is not signed in is led to where one signs in. */
export async function send(url: string, { body, headers, ...rest }: Omit<Loose, 'query'> & { method?: string } = {}) {
  const response = await fetch(url, {
    ...rest,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  })
  if (response.status === 401) leadToSignIn()
  if (!response.ok) throw await readRefusal(response)
  return response
}

export function leadToSignIn(): void {
  const { pathname, search } = window.location
  window.location.assign(`/sign-in?to=${encodeURIComponent(pathname + search)}`)
}

export function fillIn(url: string, params: Record<string, string | number> = {}): string {
  return url.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
}

export function writeQuery(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}
