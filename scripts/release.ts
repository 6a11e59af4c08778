import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { execa } from 'execa'
import { editChangelog, editLock, editManifest } from './release/edit-release.ts'

/**
 * `npm run release VERSION`: sets the version everywhere, gives the changelog its section, commits, tags, and records the release for what
 * the next ones are held against. It pushes nothing.
 */
const [version = ''] = process.argv.slice(2)
if (!/^\d+\.\d+\.\d+$/.test(version)) stop('Name the version, such as: npm run release 0.2.0')
if ((await git('status', '--porcelain')) !== '')
  stop('The work tree has changes: commit them first, so that the release holds nothing else.')
if (await git('tag', '--list', `v${version}`)) stop(`There is a release ${version} already.`)

const day = new Date().toISOString().slice(0, 10)
edit('CHANGELOG.md', (text) => editChangelog(text, version, day))
for (const path of globSync([
  'package.json',
  '{packages,apps}/*/package.json',
  'test/integration/generated-client/package.json',
]))
  edit(path, (text) => editManifest(text, version))
edit('package-lock.json', (text) => editLock(text, version))
await git('commit', '--all', '--message', `Release ${version}`)
await git('tag', '--annotate', `v${version}`, '--message', `Stevedore ${version}`)

const record = { version, commit: await git('rev-parse', 'HEAD'), migration: readNewestMigration() }
edit('docs/releases.json', (text) => `${JSON.stringify([...JSON.parse(text), record], null, 2)}\n`)
await git('commit', '--all', '--message', `Record the release of ${version}`)
console.log(`${version} is committed and tagged. Look at it, then:
  git push --follow-tags
  git checkout v${version} && docker build -f docker/Dockerfile -t REGISTRY/stevedore:${version} . && docker push REGISTRY/stevedore:${version}`)

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

function readNewestMigration(): string {
  return JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8')).entries.at(-1).tag
}

async function git(...arguments_: string[]): Promise<string> {
  return (await execa('git', arguments_)).stdout
}

function stop(reason: string): never {
  console.error(reason)
  process.exit(2)
}
