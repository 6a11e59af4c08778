/** A backup cannot be made, or not be taken back. Message and remedy are for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}
