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
  const open = await packDirectory(dir, { path, dockerfile: 'Dockerfile' })
  const reader = Readable.fromWeb(open() as never).pipe(extract())
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

test('without one .gitignore holds, and files that are not committed yet come along', async () => {
  await using folder = await makeFolder({ '.gitignore': 'secret\n', Dockerfile: 'FROM scratch', secret: 'x', new: 'y' })
  execFileSync('git', ['init', '--quiet', folder.dir])
  expect(Object.keys(await unpack(folder.dir)).sort()).toEqual(['.gitignore', 'Dockerfile', 'new'])
})

test('submodules come with their files, and repositories inside with what they would track', async () => {
  await using folder = await makeFolder({
    Dockerfile: 'FROM scratch',
    'libs/a/main.c': 'a',
    'libs/a/.gitignore': '*.o',
    'libs/a/main.o': 'never',
    'other/b.c': 'b',
  })
  const git = (dir: string, ...more: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...more], { cwd: join(folder.dir, dir) })
  for (const dir of ['libs/a', 'other', '.']) git(dir, 'init', '--quiet')
  git('libs/a', 'add', '.')
  git('libs/a', 'commit', '--quiet', '--message', 'a')
  const commit = git('libs/a', 'rev-parse', 'HEAD').toString().trim()
  git('.', 'update-index', '--add', '--cacheinfo', `160000,${commit},libs/a`)
  expect(Object.keys(await unpack(folder.dir)).sort()).toEqual([
    'Dockerfile',
    'libs/a/.gitignore',
    'libs/a/main.c',
    'other/b.c',
  ])
})

test.each(['with git', 'without', 'with a .dockerignore'])('empty folders are kept, %s', async (what) => {
  await using folder = await makeFolder({ Dockerfile: 'FROM scratch', 'src/a': 'a', '.gitignore': 'ignored\n' })
  for (const path of ['empty', 'src/deep/empty', 'ignored']) await mkdir(join(folder.dir, path), { recursive: true })
  if (what === 'with git') execFileSync('git', ['init', '--quiet', folder.dir])
  if (what === 'with git') execFileSync('git', ['add', 'src'], { cwd: folder.dir })
  if (what === 'with a .dockerignore') await writeFile(join(folder.dir, '.dockerignore'), 'ignored\n')
  const folders = Object.keys(await unpack(folder.dir)).filter((name) => name.endsWith('/'))
  expect(folders.sort()).toEqual([...(what === 'without' ? ['empty/', 'ignored/'] : ['empty/']), 'src/deep/empty/'])
})

test('a .dockerignore that cannot be read ends the packing: what it leaves out must not get in', async () => {
  await using folder = await makeFolder({ '.dockerignore/a-folder': '', Dockerfile: 'FROM scratch', secret: 'x' })
  await expect(unpack(folder.dir)).rejects.toMatchObject({
    status: exitStatus.usage,
    message: expect.stringMatching(/cannot be packed: EISDIR/),
  })
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
