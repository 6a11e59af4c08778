import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'stevedore-connect-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** In a process of its own: what another test has loaded is loaded. */
function isLibraryLoaded(kubeconfig: string): boolean {
  const program = `
    import { createRequire } from 'node:module'
    const { createConnector } = await import('./connect.ts')
    createConnector({ kubeconfig: process.argv[1] })
    console.log(Object.keys(createRequire(process.argv[1]).cache).some((path) => path.includes('@kubernetes/client-node')))`
  const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const
  return execFileSync(process.execPath, ['--input-type=module', '-e', program, kubeconfig], options).trim() === 'true'
}

test('the library is loaded before a worker takes jobs, where it may see a cluster', () => {
  const present = join(dir, 'config')
  writeFileSync(present, 'apiVersion: v1\nkind: Config\n')
  expect(isLibraryLoaded(present)).toBe(true)
  expect(isLibraryLoaded(join(dir, 'absent'))).toBe(false)
})
