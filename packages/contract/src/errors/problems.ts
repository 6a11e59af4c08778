/** One way in which the API refuses a request: RFC 9457's `type`, `status` and `title`. */
interface ProblemKind {
  status: number
  title: string
}

/** Every problem that the API answers with. `type` on the wire is the key behind `problemTypeBase`; docs/errors.md lists each. */
export const problems = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be read' },
  unauthenticated: { status: 401, title: 'Sign in with a token' },
  'webhook-signature-invalid': { status: 401, title: 'The webhook is not signed as agreed' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'self-approval': { status: 403, title: 'Who asked for it does not approve it' },
  'approval-loosened': { status: 403, title: 'Only an administrator of the whole server does without an approval' },
  'not-granted': { status: 403, title: 'It belongs to another app, or takes a grant' },
  'foreign-origin': { status: 403, title: 'The request comes from another site' },
  'not-found': { status: 404, title: 'There is no such thing, or it is not for you to see' },
  'method-not-allowed': { status: 405, title: 'The address does not take this method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The state has moved on' },
  'approval-outdated': { status: 409, title: 'What was approved is not what the job deploys' },
  'illegal-transition': { status: 409, title: 'The job is not in a state that allows this' },
  'no-previous-release': { status: 409, title: 'There is no earlier revision to return to' },
  'image-missing': { status: 409, title: 'The image is no longer there' },
  'in-use': { status: 409, title: 'It is still in use' },
  'secret-missing': { status: 409, title: 'A secret that the spec names is not stored' },
  'link-refused': { status: 409, title: 'A link that the other side does not have' },
  'route-taken': { status: 409, title: 'A port or host name belongs to another environment' },
  'precondition-failed': { status: 412, title: 'It was changed by someone else' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'The body is not of a type that this takes' },
  'validation-failed': { status: 422, title: 'The request breaks rules' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key belongs to another request' },
  'invalid-ref': { status: 422, title: 'Not a branch, tag or full commit' },
  'invalid-repo-url': { status: 422, title: 'Not an address of a repository that can be fetched' },
  'credentials-in-url': { status: 422, title: 'Credentials do not belong in an address' },
  'address-not-allowed': { status: 422, title: 'The address is not one that may be contacted' },
  'credential-rebind': { status: 422, title: 'A stored credential is for another host' },
  'invalid-path': { status: 422, title: 'The path leaves the source' },
  'use-build-secret': { status: 422, title: 'A secret does not belong in a build argument' },
  'policy-violation': { status: 422, title: 'The settings are not allowed here' },
  'bad-archive': { status: 422, title: 'The archive is not safe to unpack' },
  'no-such-image': { status: 422, title: 'No such version was built and pushed' },
  'ambiguous-target': { status: 422, title: 'Several targets could be meant' },
  'no-registry': { status: 422, title: 'This needs a registry' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'too-many-streams': { status: 429, title: 'Too many streams are open' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Stevedore failed' },
  unavailable: { status: 503, title: 'The ledger is away; nothing was kept' },
  'in-doubt': { status: 503, title: 'The ledger is away; it may have been kept, or not' },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problems

/** A relative reference, so that it holds behind any host name. */
export const problemTypeBase = '/problems/'

/** One fault of a request, at a path of its body. */
export interface Fault {
  path: (string | number)[]
  code: string
  message: string
}

/** `application/problem+json`. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  /** The correlation id that the logs carry. */
  instance: string
  faults?: Fault[]
}

/** A refusal on its way to the caller of the API. `detail` is for the caller. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly faults: Fault[] | undefined
  readonly headers: Record<string, string>

  constructor(
    code: ProblemCode,
    detail: string,
    extra: { faults?: Fault[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: extra.cause })
    this.name = 'ProblemError'
    this.code = code
    this.faults = extra.faults
    this.headers = extra.headers ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }
}
