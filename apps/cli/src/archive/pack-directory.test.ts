import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { exitStatus } from '../exit.ts'
import { collect } from '../testing/collect.ts'
import { packDirectory } from './pack-directory.ts'

async function makeFolder(files: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-pack-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

async function unpack(dir: string, path = '.'): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const pack = await packDirectory(dir, { path, dockerfile: 'Dockerfile' })
  const reader = Readable.fromWeb(pack() as never).pipe(extract())
  for await (const entry of reader) {
    const text = (await collect(entry as AsyncIterable<Buffer>)).join('')
    const { name, type, linkname, mode } = entry.header
    found[name] = type === 'symlink' ? `-> ${linkname}` : `${((mode ?? 0) & 0o111) === 0 ? '' : 'x '}${text}`
  }
  return found
}

test('.dockerignore decides, but never about itself and the Dockerfile', async () => {
  await using folder = await makeFolder({
    '.dockerignore': '*\n!src\nsrc/*.test.ts\n',
    Dockerfile: 'FROM scratch',
    'README.md': 'hello',
    'src/main.ts': 'main',
    'src/main.test.ts': 'test',
    '.git/config': 'never',
  })
  expect(Object.keys(await unpack(folder.dir)).sort()).toEqual(['.dockerignore', 'Dockerfile', 'src/main.ts'])
})

test('a .dockerignore that cannot be read ends the command before anything is sent', async () => {
  await using folder = await makeFolder({ Dockerfile: 'FROM scratch', secret: 'x', '.dockerignore/file': '' })
  await expect(unpack(folder.dir)).rejects.toMatchObject({
    status: exitStatus.usage,
    message: `${join(folder.dir, '.dockerignore')} cannot be read (EISDIR)`,
  })
})

test('without one .gitignore holds, and files that are not committed yet come along', async () => {
  await using folder = await makeFolder({ '.gitignore': 'secret\n', Dockerfile: 'FROM scratch', secret: 'x', new: 'y' })
  execFileSync('git', ['init', '--quiet', folder.dir])
  expect(Object.keys(await unpack(folder.dir)).sort()).toEqual(['.gitignore', 'Dockerfile', 'new'])
})

test('contents, executable bits, links and empty files are kept', async () => {
  await using folder = await makeFolder({ Dockerfile: 'FROM scratch', run: '#!/bin/sh', empty: '' })
  await chmod(join(folder.dir, 'run'), 0o755)
  await symlink('run', join(folder.dir, 'link'))
  expect(await unpack(folder.dir)).toEqual({
    Dockerfile: 'FROM scratch',
    run: 'x #!/bin/sh',
    empty: '',
    link: '-> run',
  })
})

test('a context inside the folder is packed alone, by its own .dockerignore, under its own path', async () => {
  await using folder = await makeFolder({
    'README.md': 'outside',
    'apps/shop/.dockerignore': '*.md',
    'apps/shop/Dockerfile': 'FROM scratch',
    'apps/shop/README.md': 'ignored',
  })
  expect(Object.keys(await unpack(folder.dir, 'apps/shop')).sort()).toEqual([
    'apps/shop/.dockerignore',
    'apps/shop/Dockerfile',
  ])
})
