import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOutGit, type GitCheckout } from '@stevedore/source'
import { afterAll, beforeAll } from 'vitest'

/** A folder of repositories and one to check out into, which go with the test file. */
export function openStage() {
  let home = ''
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'stevedore-source-'))
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  const dir = () => join(home, 'work', 'checkout')
  return {
    get home() {
      return home
    },
    get dir() {
      return dir()
    },
    /** The names beside and in the checkout: `checkout` alone, and nothing in it, after a failure. */
    leftovers: () => [readdirSync(join(home, 'work')), readdirSync(dir())],
    checkOut(request: Pick<GitCheckout, 'url' | 'ref'> & Partial<GitCheckout>) {
      const limits = { maxBytes: 50 * 2 ** 20, maxFiles: 1_000, timeoutMs: 60_000 }
      const rules = { allowedHosts: ['localhost'], allowFile: true }
      const { signal } = new AbortController()
      return checkOutGit({ dir: dir(), limits, ...rules, signal, log: () => undefined, ...request })
    },
  }
}

export const nothing = [['checkout'], []]
