import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  builderComponent,
  builderImage,
  busyboxComponent,
  clearEngine,
  dockerComponent,
  ensureBuilderImage,
  ensureProxyImage,
  findFreePort,
  findProgram,
  haproxyComponent,
  lacks,
  openTestDocker,
  removeImages,
} from '@stevedore/testkit'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { commandPath } from '../../scripts/demo/command.ts'
import { type StevedoreProcess, watchProcess } from '../harness/stevedore-process.ts'

// A whole story, each command a process: on a machine that is busy with more it takes its time.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 })

const heading = '## Your first app in five minutes\n'
const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
const [, section = ''] = readme.split(heading)
const [install = [], story = []] = [...(section.split('\n## ')[0] ?? '').matchAll(/```sh\n([\s\S]*?)```/g)].map(
  ([, block = '']) => listCommands(block),
)

/** A shell's block in its commands: a line each, but for what a here-document holds. */
function listCommands(block: string): string[] {
  const lines = block.match(/^.*<<'(\w+)'\n[\s\S]*?\n\1$|^.+$/gm) ?? []
  return lines.map((line) => line.replace(/ +# .*$/, ''))
}

/** What each command of the story is to say, in its order. */
const says: [command: RegExp, output: RegExp][] = [
  [/^cat > stevedore\.yaml/, /^$/],
  [/^stevedore apply$/, /shop/],
  [/^stevedore build --version=1\.0\.0$/, /localhost\/shop:1\.0\.0-default {2}sha256:.*\nsucceeded/],
  [/^stevedore deploy shop staging$/, /revision 1 \(1\.0\.0\), target default\n[\s\S]*succeeded/],
  [/^curl http:\/\/localhost:8081$/, /^hello 1\.0\.0$/],
  [/^stevedore build --version=1\.1\.0$/, /localhost\/shop:1\.1\.0-default/],
  [/^stevedore deploy shop staging --dry-run$/, /create container [\s\S]*image: sha256:\w+ -> sha256:/],
  [/^stevedore deploy shop staging$/, /revision 2 \(1\.1\.0\), target default\n/],
  [/^stevedore history shop staging$/, /2 +active +1\.1\.0 +default [\s\S]*1 +retired +1\.0\.0 +default /],
  [/^stevedore rollback shop staging$/, /revision 1 \(1\.0\.0\), target default\n/],
  [/^stevedore audit verify$/, /holds|intact|entries/],
]

/** An app as a newcomer may have it: one stage without a name, of nothing but files that lie beside it. */
const dockerfile = `FROM scratch
COPY busybox /bin/busybox
COPY serve /bin/serve
ARG VERSION
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir /www && echo hello $VERSION > /www/index.html"]
EXPOSE 8080
CMD ["/bin/serve"]
`
const serve = `#!/bin/busybox sh
trap 'exit 0' TERM
/bin/busybox httpd -f -p 8080 -h /www & wait
`

describe.skipIf(lacks(dockerComponent, busyboxComponent, haproxyComponent))('the README’s first app', () => {
  const docker = openTestDocker()
  const name = `stevedore-readme-${randomBytes(3).toString('hex')}`
  const builder = `${name}-builder`
  let [home, dir] = ['', '']
  let env: Record<string, string> = {}
  let up: StevedoreProcess

  /** The ports that it names may be another's on this machine. */
  const map = (text: string) => text.replaceAll('8081', env.APP_PORT ?? '')
  const run = async (command: string) => {
    const { exitCode, stdout, stderr } = await execa('bash', ['-c', map(command)], {
      ...{ cwd: dir, env, extendEnv: false, reject: false, stdin: 'ignore' },
    })
    return { command, status: exitCode, stdout, stderr }
  }
  const answer = async () => (await run('curl --silent http://localhost:8081')).stdout

  /** As a machine has it that can pull the builder's image. */
  const chooseBuilder = async (): Promise<Record<string, string>> => {
    if (lacks(builderComponent)) return { STEVEDORE_BUILDER: 'engine' }
    await ensureBuilderImage(docker)
    return {
      STEVEDORE_BUILDER: 'contained',
      STEVEDORE_BUILDER_NAME: builder,
      STEVEDORE_BUILDER_IMAGE: builderImage,
    }
  }

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'stevedore-readme-'))
    dir = join(home, 'shop')
    const bin = join(home, 'bin')
    for (const folder of [dir, bin]) await mkdir(folder)
    // What `npm link` does, without touching the machine's own.
    await symlink(commandPath, join(bin, 'stevedore'))
    await copyFile(findProgram('busybox') ?? '', join(dir, 'busybox'))
    await writeFile(join(dir, 'serve'), serve, { mode: 0o755 })
    await writeFile(join(dir, 'Dockerfile'), dockerfile)
    const [port, app, http, https, admin] = await Promise.all(Array.from({ length: 5 }, findFreePort))
    env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: home,
      PORT: String(port),
      APP_PORT: String(app),
      STEVEDORE_DOCKER_NETWORK: name,
      STEVEDORE_PROXY_NAME: name,
      STEVEDORE_PROXY_IMAGE: await ensureProxyImage(docker),
      STEVEDORE_PROXY_HTTP_PORT: String(http),
      ...(await chooseBuilder()),
      STEVEDORE_PROXY_HTTPS_PORT: String(https),
      STEVEDORE_PROXY_ADMIN_PORT: String(admin),
    }
  })

  afterAll(async () => {
    up?.signal('SIGTERM')
    await up?.ended
    await clearEngine(docker, `io.stevedore.network=${name}`)
    // A story that ended early has neither builder nor proxy nor network.
    for (const made of [name, builder]) {
      await docker
        .getContainer(made)
        .remove({ force: true, v: true })
        .catch(() => {})
      await docker
        .getVolume(made)
        .remove({ force: true })
        .catch(() => {})
    }
    await docker
      .getNetwork(name)
      .remove()
      .catch(() => {})
    await removeImages(docker, 'localhost/shop')
    await rm(home, { recursive: true, force: true })
  })

  test('every command does what is said of it, to the letter, with one stage and no registry', async () => {
    expect(install).toEqual(['npm install && npm link', 'stevedore up'])
    up = watchProcess(spawn('bash', ['-c', 'stevedore up'], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] }))
    await up.waitForLine(/^Stevedore listens on /)
    expect(up.readOutput()).toMatch(/The first admin token/)
    expect(story).toHaveLength(says.length)
    for (const [index, command] of story.entries()) {
      const [expected, output] = says[index] ?? []
      expect(command).toMatch(expected ?? '')
      expect(await run(command)).toMatchObject({ status: 0, stdout: expect.stringMatching(output ?? '') })
    }
    expect(await answer()).toBe('hello 1.0.0')
  })

  test('the stage is built under any name, a version goes by what was meant, and what needs a registry says how to get one', async () => {
    const named = await run('stevedore build production --version=1.2.0')
    expect(named).toMatchObject({ status: 0, stdout: expect.stringContaining('localhost/shop:1.2.0-production') })
    expect(named.stdout).toContain('the Dockerfile has one stage, which is built as production')
    expect(await run('stevedore build tools --version=1.2.0')).toMatchObject({ status: 0 })
    const shown = await run('stevedore deploy shop staging --version=1.2.0 --dry-run')
    expect(shown).toMatchObject({ status: 0, stdout: expect.stringContaining('to staging, target production, ') })
    expect((await run('stevedore status shop')).stdout).toMatch(/staging +1 +1\.0\.0 +default /)
    for (const command of ['stevedore push shop 1.2.0', 'stevedore build --version=1.3.0 --push'])
      expect(await run(command)).toMatchObject({ status: 2, stderr: expect.stringContaining('registry:3') })
  })

  test('an image that the engine has no more fails the deploy before anything is touched', async () => {
    const { Id } = await docker.getImage('localhost/shop:1.1.0-default').inspect()
    await docker.getImage(Id).remove({ force: true })
    const gone = await run('stevedore rollback shop staging --to-revision 2')
    expect(gone).toMatchObject({ status: 1, stdout: expect.stringContaining('image-not-on-engine: ') })
    expect(gone.stdout).toMatch(/What to do: Give the app a registry/)
    expect(await answer()).toBe('hello 1.0.0')
  })
})
