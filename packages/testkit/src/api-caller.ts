export interface ApiRequest {
  /** null: without any. */
  token?: string | null
  /** A value to send as JSON; text and bytes go as they are. */
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

export interface ApiAnswer {
  status: number
  headers: Headers
  text: string
  /** Of a JSON answer. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  body: any
}

/** Calls an API as a client does. @param ownToken sent unless a request names another */
export function createApiCaller(address: string, ownToken: string) {
  return async (method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> => {
    const response = await fetch(address + path, toRequest(method, request, ownToken))
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
  }
}

function toRequest(method: string, { token, body, headers, signal }: ApiRequest, ownToken: string): RequestInit {
  const asIs = typeof body === 'string' || body instanceof Uint8Array
  return {
    method,
    redirect: 'manual',
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token ?? ownToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: asIs ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }
}
