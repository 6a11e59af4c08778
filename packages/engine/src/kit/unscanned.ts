/** No registry is asked for it: names below `.invalid` lead nowhere. */
export const unscannedRepository = 'stevedore.invalid/unscanned'

/** What an image is called that was built and waits for its scan: it gets its own tags once it has passed. */
export function nameUnscanned(jobId: string, target: string): string {
  return `${unscannedRepository}:${jobId}-${target}`
}
