import type { Fault } from '@stevedore/contract'

/** Why something was refused, or could not be asked at all. */
export interface Refusal {
  /** The code of the problem; `unreachable` where there was no answer. */
  code: string
  status: number
  title: string
  detail: string
  faults: Fault[]
  /** The correlation id that the logs carry. */
  instance: string | undefined
}

export class RefusedError extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.name = 'RefusedError'
    this.refusal = refusal
  }
}

/** Reads a problem document; an answer that is none is told by its status. */
export async function readRefusal(response: Response): Promise<RefusedError> {
  const body = await response.json().catch(() => ({}))
  const { type, title, detail, faults, instance } = Object(body)
  return new RefusedError({
    code: typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : `status-${response.status}`,
    status: response.status,
    title: typeof title === 'string' ? title : response.statusText || 'The request was refused',
    detail: typeof detail === 'string' ? detail : '',
    faults: Array.isArray(faults) ? faults : [],
    instance: typeof instance === 'string' ? instance : undefined,
  })
}

export function toRefusal(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal
  const detail = error instanceof Error ? error.message : String(error)
  const [code, title] =
    error instanceof TypeError ? ['unreachable', 'The server does not answer'] : ['internal', 'The console failed']
  return { code, status: 0, title, detail, faults: [], instance: undefined }
}

/** What an address names beside its screen: the versions to compare, say. undefined: it names nothing. */
export type Named<T> = { found: T } | { refusal: Refusal } | undefined

/** It may be gone, or never have been: that is told in its place, and the screen is shown all the same. */
export async function readNamed<T>(asked: Promise<T> | undefined): Promise<Named<T>> {
  try {
    return asked && { found: await asked }
  } catch (error) {
    if (error instanceof RefusedError && isOfAsked(error.refusal)) return { refusal: error.refusal }
    throw error
  }
}

function isOfAsked({ status }: Refusal): boolean {
  return status === 400 || status === 404 || status === 422
}
