import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

const folder = join(import.meta.dirname, '../../test/bench/peers')

/** What Stevedore is measured against is a package of its own, which nothing but the bench needs: installed once, and told. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return
  console.log('Installing what Stevedore is measured against: test/bench/peers/node_modules is not there.')
  await execa('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })
}
