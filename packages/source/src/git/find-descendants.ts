import { FailureError } from '@stevedore/contract'
import { commonArguments } from './arguments.ts'
import type { Proof } from './history.ts'
import type { GitSession } from './session.ts'

/** Of some commits those in whose history another is; one that the repository no longer has is none of them. */
export async function findDescendants(
  session: GitSession,
  { repository, commit }: Proof,
  candidates: readonly string[],
): Promise<string[]> {
  const found: string[] = []
  for (const candidate of candidates) if (await isDescendant(candidate)) found.push(candidate)
  return found

  async function isDescendant(candidate: string): Promise<boolean> {
    if (candidate === commit) return false
    const common = await session.runLocal(commonArguments(repository, commit, candidate)).catch(ignoreStranger)
    return common?.trim() === commit
  }
}

/** Git says so of commits with nothing in common, and of one that was taken out of its branch. */
function ignoreStranger(error: unknown): undefined {
  if (!(error instanceof FailureError)) throw error
}
