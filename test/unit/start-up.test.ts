import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Tells at the end what was loaded: only what really is says whether the help is quick, since imports hide behind others. */
const listLoaded = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const urls = []
  registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context) } })
  process.on('exit', () => console.error(urls.join('\\n')))
`)}`

/** Makes Node believe that it is another. */
const pretend = (version: string) =>
  `data:text/javascript,${encodeURIComponent(`
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })
    Object.defineProperty(process, 'version', { value: 'v${version}' })
  `)}`

async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-start-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

/** The files of ours and of packages that a command loads, and what it prints. */
async function load(argv: readonly string[]) {
  const node = ['--import', listLoaded, 'bin/main.ts']
  const { stdout, stderr } = await execa(process.execPath, [...node, ...argv], { cwd: root, reject: false })
  return { printed: `${stdout}\n${stderr}`, ...listFiles(stderr) }
}

function listFiles(loaded: string) {
  const files = loaded.split('\n').filter((url) => url.startsWith('file:'))
  const packages = files.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1])
  return { files, packages: new Set(packages.filter((name) => name !== undefined)) }
}

test.each([
  [[], 'Usage: stevedore'],
  [['--help'], 'Usage: stevedore'],
  [['--version'], /^\d+\.\d+\.\d+$/m],
  [['help', 'deploy'], 'rolling'],
  [['worker', '--help'], 'rollback'],
  [['deploi'], 'Did you mean deploy?'],
  [['deploy', 'shop', 'staging', '--strategy', 'yolo'], 'Allowed choices are rolling'],
])('what is said without a server loads no schema and no part of a server: %j', async (argv, said) => {
  const { printed, files, packages } = await load(argv)
  expect(printed).toMatch(said)
  expect(packages).toEqual(new Set(['commander']))
  expect(files.length).toBeLessThan(90)
})

test('a command that shows a list loads nothing that shows a job, packs a folder or runs a server', async () => {
  const { files, packages } = await load(['status', '--url', 'http://127.0.0.1:9'])
  expect(packages).toEqual(new Set(['commander', 'zod']))
  expect(
    files.filter((url) => /render\/(live|lines|frame|summary)\.ts|parse-spec|apps\/(api|worker)\//.test(url)),
  ).toEqual([])
})

test('the thread that renews leases loads the driver and nothing else', async () => {
  const thread = new URL('../../packages/ledger/src/jobs/lease-thread.ts', import.meta.url)
  const start = `
    const workerData = { url: 'postgres://127.0.0.1:9/none', aliveUntil: new SharedArrayBuffer(8) }
    const thread = new Worker(new URL(process.argv[1]), { workerData, execArgv: ['--import', process.argv[2]] })
    thread.once('message', () => thread.postMessage({ type: 'close' }))`
  const node = ['--input-type=module', '--eval', `import { Worker } from 'node:worker_threads'\n${start}`]
  const { files, packages } = listFiles((await execa(process.execPath, [...node, thread.href, listLoaded])).stderr)
  expect([...packages].filter((name) => !/^(pg|postgres)(-|$)|^(pgpass|split2|xtend)$/.test(name))).toEqual([])
  expect(packages).toContain('pg')
  expect(files.length).toBeLessThan(60)
})

test('a Node that cannot run it is told so, with what to do', async () => {
  const dir = await makeFolder()
  await mkdir(join(dir, 'bin'))
  await writeFile(join(dir, 'package.json'), '{"type":"module"}')
  await copyFile(join(root, 'bin/stevedore.js'), join(dir, 'bin/stevedore.js'))
  await cp(join(root, 'scripts/with-node.js'), join(dir, 'scripts/with-node.js'))
  const run = execa({ cwd: dir, reject: false })
  const command = await run(process.execPath, ['--import', pretend('20.19.0'), 'bin/stevedore.js', '--help'])
  expect(command).toMatchObject({
    exitCode: 2,
    stderr: 'stevedore: needs Node 24 or newer; this is v20.19.0. Run: npm install',
  })
  const script = await run(process.execPath, [
    '--import',
    pretend('18.20.8'),
    'scripts/with-node.js',
    'scripts/test.ts',
  ])
  expect(script).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/with Node 20 or newer; this is v18\.20\.8/),
  })
})

test('npm says nothing of engines: it is the commands that look for the Node that they need', async () => {
  const dir = await makeFolder()
  await mkdir(join(dir, 'part'))
  await writeFile(join(dir, 'part/package.json'), '{"name":"part","version":"1.0.0","engines":{"node":">=999"}}')
  await writeFile(join(dir, 'package.json'), '{"dependencies":{"part":"file:./part"}}')
  // What this run's own npm was set to must not reach it.
  const env = { PATH: process.env.PATH, HOME: dir }
  const install = () => execa('npm', ['install', '--offline', '--no-package-lock'], { cwd: dir, env, extendEnv: false })
  expect((await install()).stderr).toContain('EBADENGINE')
  await writeFile(join(dir, '.npmrc'), await readFile(join(root, '.npmrc')))
  await rm(join(dir, 'node_modules'), { recursive: true })
  const { stderr, stdout } = await install()
  expect(stderr).toBe('')
  expect(stdout).toContain('added 1 package')
})
