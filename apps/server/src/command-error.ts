/** What these commands end with, of the statuses that the guide lists. */
export const exitStatus = { failed: 1, usage: 2, interrupted: 130 } as const

/** Ends a command with a message, what to do about it, and a status. The command line reads all three. */
export class CommandError extends Error {
  readonly status: (typeof exitStatus)[keyof typeof exitStatus]
  readonly remedy: string

  constructor(status: CommandError['status'], message: string, remedy: string) {
    super(message)
    this.name = 'CommandError'
    this.status = status
    this.remedy = remedy
  }
}
