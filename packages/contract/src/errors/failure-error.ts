import { classifyFailure, type FailureCode, failures } from './failures.ts'
import type { JobFailure } from './job-failure.ts'

/** A failure that an engine or a source has understood: the only sort of error that may leave an adapter. */
export class FailureError extends Error {
  readonly code: FailureCode
  readonly diagnosis: string | undefined
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined

  /** @param extra `diagnosis` is for the user, `detail` for the operator */
  constructor(
    code: FailureCode,
    extra: { message?: string; diagnosis?: string; detail?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(extra.message ?? failures[code].title, { cause: extra.cause })
    this.name = 'FailureError'
    this.code = code
    this.diagnosis = extra.diagnosis
    this.detail = extra.detail
    this.retryAfterMs = extra.retryAfterMs
  }

  get retryable(): boolean {
    return classifyFailure(this.code) !== 'permanent'
  }

  toFailure(): JobFailure {
    return {
      code: this.code,
      message: this.message,
      ...(this.diagnosis === undefined ? {} : { diagnosis: this.diagnosis }),
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
    }
  }
}
