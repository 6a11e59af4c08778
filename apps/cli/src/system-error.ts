/** The system's code of an error, such as `ENOENT`; undefined for errors of another sort. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What is read of a file, or undefined where there is none; rejects for one that cannot be read. */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    const code = systemCode(error)
    // A folder on the way that has become a file holds none either.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
