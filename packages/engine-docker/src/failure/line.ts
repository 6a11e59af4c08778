import { FailureError } from '@stevedore/contract'

/** Says which line of the Dockerfile a failure is about. @param where `line 3 of the Dockerfile adds …` */
export function nameLine(error: unknown, where: string): unknown {
  if (!(error instanceof FailureError)) return error
  return new FailureError(error.code, { diagnosis: `${where}: ${error.diagnosis ?? error.message}`, cause: error })
}
