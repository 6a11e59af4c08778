/** The parts of a `metav1.Status` that say why a request was refused. */
export interface ApiStatus {
  message?: string
  reason?: string
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] }
}

/** An answer of the Kubernetes API other than 2xx, or none at all (`status` 0). Never leaves this package. */
export class ApiError extends Error {
  readonly status: number
  readonly body: ApiStatus
  readonly retryAfterMs: number | undefined

  constructor(status: number, body: ApiStatus, extra: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(body.message ?? `the Kubernetes API answered ${status}`, { cause: extra.cause })
    this.name = 'ApiError'
    this.status = status
    this.body = body
    this.retryAfterMs = extra.retryAfterMs
  }

  /** Worth another try as it is: nothing answered, the server is busy or failing. */
  get isTransient(): boolean {
    return [0, 408, 410, 429, 500, 502, 503, 504].includes(this.status) && !this.isUnknownField
  }

  /** The namespace of what was asked for is not there. */
  get isNamespaceAbsent(): boolean {
    return this.status === 404 && this.body.details?.kind === 'namespaces'
  }

  /** A field that no schema has, of a server-side apply: a fault of the object, for which the server answers 500. */
  get isUnknownField(): boolean {
    return this.status === 500 && this.message.includes('failed to create typed patch object')
  }

  /** Someone else wrote the object between our look and our write: look again. */
  get isStale(): boolean {
    return this.status === 409 && this.conflicts.length === 0 && this.body.reason !== 'AlreadyExists'
  }

  /** What other managers own, of a refused server-side apply. */
  get conflicts(): { field: string; message: string }[] {
    const causes = this.status === 409 ? (this.body.details?.causes ?? []) : []
    return causes
      .filter(({ reason }) => reason === 'FieldManagerConflict')
      .map(({ field, message }) => ({ field: field ?? '', message: message ?? '' }))
  }
}
