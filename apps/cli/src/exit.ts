/** What the command line ends with; scripts rely on it. */
export const exitStatus = {
  done: 0,
  /** The job failed, was cancelled or superseded, or the server refused for the state of things. */
  failed: 1,
  /** Wrong usage: options, arguments, a spec or a name that the server knows nothing of. */
  usage: 2,
  /** The server can't be reached. */
  unreachable: 3,
  /** No token, a bad one, or one that does not allow this. */
  notAllowed: 4,
  interrupted: 130,
} as const

/** One of those; of `run` the command's own. */
export type ExitStatus = number

/** What ends a command: any error that names a status and a remedy, so that whoever brings a command may throw one of its own. */
export interface CommandFailure extends Error {
  status: ExitStatus
  /** What the user can do about it. */
  remedy: string | undefined
}

export function isCommandFailure(error: unknown): error is CommandFailure {
  return error instanceof Error && 'remedy' in error && 'status' in error && isStatus(error.status)
}

function isStatus(status: unknown): status is ExitStatus {
  return typeof status === 'number' && Number.isInteger(status) && status > 0 && status < 256
}

/** Ends the command with a message and a status. */
export class CliError extends Error implements CommandFailure {
  readonly status: ExitStatus
  readonly remedy: string | undefined

  constructor(status: ExitStatus, message: string, remedy?: string) {
    super(message)
    this.name = 'CliError'
    this.status = status
    this.remedy = remedy
  }
}
