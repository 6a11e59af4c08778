import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOutGit, type GitCheckout } from '@stevedore/source'
import { afterAll } from 'vitest'

/** A folder of repositories and one to check out into, which go with the test file. */
export function openStage() {
  const home = mkdtempSync(join(tmpdir(), 'stevedore-source-'))
  const dir = join(home, 'work', 'checkout')
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  return {
    home,
    dir,
    /** The names beside and in the checkout: `checkout` alone, and nothing in it, after a failure. */
    leftovers: () => [readdirSync(join(home, 'work')), readdirSync(dir)],
    checkOut(request: Pick<GitCheckout, 'url' | 'ref'> & Partial<GitCheckout>) {
      const limits = { maxBytes: 50 * 2 ** 20, maxFiles: 1_000, timeoutMs: 60_000 }
      const rules = { allowedHosts: ['localhost'], allowFile: true }
      return checkOutGit({
        dir,
        limits,
        ...rules,
        signal: new AbortController().signal,
        log: () => undefined,
        ...request,
      })
    },
  }
}

export const nothing = [['checkout'], []]
