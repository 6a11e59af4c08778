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
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** Ends the command with a message and a status. */
export class CliError extends Error {
  readonly status: ExitStatus
  /** What the user can do about it. */
  readonly remedy: string | undefined

  constructor(status: ExitStatus, message: string, remedy?: string) {
    super(message)
    this.name = 'CliError'
    this.status = status
    this.remedy = remedy
  }
}
