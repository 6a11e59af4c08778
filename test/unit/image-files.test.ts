import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { appSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { readSpecFile } from '../../apps/cli/src/spec-file.ts'

const root = join(import.meta.dirname, '../..')
const dockerfile = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
const locked = Object.entries(lock.packages)

interface Locked {
  dev?: boolean
  optionalDependencies?: Record<string, string>
}

test('the lock names the optional packages of every platform, or `npm ci` refuses it', () => {
  const wanted = locked.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ name, from: path })),
  )
  expect(wanted.length).toBeGreaterThan(20)
  expect(wanted.filter(({ name, from }) => !isLocked(name, from)).map(({ name }) => name)).toEqual([])
})

const stages = new Map(
  dockerfile
    .split(/^(?=FROM )/m)
    .flatMap((text) =>
      [...text.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from = '', name = '']) => [name, { from, text }]),
    ),
)

test('the image has a stage for each target that Stevedore builds of itself', async () => {
  const { build, environments } = appSpec.parse(await readSpecFile(join(root, 'stevedore.yaml')))
  const targets = ['base', 'dev-deps', 'prod-deps', 'development', 'testing', 'production', 'security']
  expect(build).toMatchObject({ dockerfile: 'docker/Dockerfile', targets, default: 'production' })
  expect([...stages.keys()]).toEqual(expect.arrayContaining(targets))
  expect(stages.get('security')?.from).toBe('production')
  expect(Object.keys(environments)).toEqual(['staging', 'production'])
})

test('what is kept of an image says when it was built, of which commit and as which version', () => {
  for (const name of ['development', 'testing', 'production']) {
    const { text } = stages.get(name)!
    for (const [label, argument] of Object.entries({
      created: 'BUILD_DATE',
      version: 'VERSION',
      revision: 'VCS_REF',
    })) {
      expect(text, name).toContain(`org.opencontainers.image.${label}=$\{${argument}}`)
      expect(text, name).toMatch(new RegExp(`^ARG ${argument}\\b`, 'm'))
    }
  }
})

test('dependencies are installed of every manifest', () => {
  const { text } = stages.get('manifests')!
  for (const folder of ['apps', 'packages']) expect(text).toContain(`\nCOPY ${folder} ${folder}\n`)
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] }
  const others = workspaces.filter((path) => !/^(apps|packages)\/\*$/.test(path))
  for (const path of others) expect(stages.get('dev-deps')?.text).toContain(`\nCOPY ${path}/package.json ${path}/\n`)
})

test('the image has every folder that npm puts dependencies into', () => {
  const { text } = stages.get('production')!
  const folders = [...text.matchAll(/^COPY --from=prod-deps \/stevedore(\S*) /gm)].map(([, path = '']) => path)
  const needed = locked.filter(([path, { dev }]) => path.includes('node_modules/') && !dev).map(([path]) => `/${path}`)
  expect(needed.some((path) => path.startsWith('/packages/'))).toBe(true)
  expect(needed.filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)))).toEqual([])
})

test('what runs is not root, at home where the volume is, and tells its health', () => {
  expect(stages.get('base')?.text).toContain('usermod --home /data node')
  expect(stages.get('production')?.text).toMatch(/^USER 1000:1000$.*^VOLUME \/data$.*^HEALTHCHECK /ms)
  for (const name of ['development', 'testing', 'security'])
    expect([...(stages.get(name)?.text.matchAll(/^USER (\S+)$/gm) ?? [])].at(-1)?.[1], name).toBe('1000:1000')
})

test('nothing that is secret or installed elsewhere gets into a build', () => {
  const ignored = readFileSync(join(root, 'docker/Dockerfile.dockerignore'), 'utf8').split('\n')
  const untracked = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean)
  const bare = (line: string) => line.replace(/^\*\*\//, '').replace(/^\/|\/$/g, '')
  expect(ignored.map(bare)).toEqual(expect.arrayContaining([...untracked.map(bare), '.git']))
})

/** As Node looks for a package: beside the one that wants it, then in each folder above. */
function isLocked(name: string, from: string): boolean {
  if (lock.packages[normalize(join(from, 'node_modules', name))]) return true
  return from !== '' && isLocked(name, from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '')
}
