import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { Duplex, type PassThrough } from 'node:stream'
import { FailureError } from '@stevedore/contract'
import type Docker from 'dockerode'
import { afterEach, expect, test } from 'vitest'
import { openShell, quoteWords } from './shell.ts'

test('a shell reads words as they were meant, whatever is in them', () => {
  const words = ['', 'plain', "it's", '$(id) `id` "x"', 'two\nlines\r\n', '\\', "'';rm -rf *", 'für']
  const read = execFileSync('sh', ['-c', `printf '%s|' ${quoteWords(words)}`], { encoding: 'utf8' })
  expect(read).toBe(words.map((word) => `${word}|`).join(''))
})

let children: ChildProcess[] = []

afterEach(() => {
  for (const child of children) child.kill()
  children = []
})

/** A container in which `sh` is this machine's own, or what is given. */
function fakeContainer(open = openLocal, inspect = async () => ({ ExitCode: 0 })): Docker.Container {
  const starts: Started[] = []
  return {
    id: 'proxy-1',
    exec: async () => ({
      start: async () => starts[starts.push(open()) - 1]!.stream,
      inspect,
    }),
    modem: {
      demuxStream: (stream: Duplex, ...outputs: [PassThrough, PassThrough]) =>
        starts.find((started) => started.stream === stream)!.pipe(...outputs),
    },
  } as unknown as Docker.Container
}

interface Started {
  stream: Duplex
  pipe(stdout: PassThrough, stderr: PassThrough): void
}

function openLocal(): Started {
  const child = spawn('sh', { stdio: 'pipe' })
  children.push(child)
  const stream = new Duplex({
    read() {},
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, done),
    destroy(error, done) {
      child.kill()
      done(error)
    },
  })
  return {
    stream,
    pipe(stdout, stderr) {
      child.stdout.pipe(stdout, { end: false })
      child.stderr.pipe(stderr, { end: false })
      child.once('close', () => stream.destroy())
    },
  }
}

/** A shell that takes what it is told and does not begin. */
function openLate(said: string[]): Started {
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    said.push(String(chunk))
    done()
  }
  return { stream: new Duplex({ read() {}, write }), pipe() {} }
}

const limit = 4 * 2 ** 20
const print = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x`

test.each([
  ['ends before the limit', limit - 100, limit - 100],
  ['has its end mark across the limit', limit - 10, limit - 10],
  ['is as long as the limit', limit, limit],
  ['is longer than the limit', limit + 100_000, limit],
])('what %s is kept as far as it goes, and the next command gets its own answer', async (_, bytes, kept) => {
  const shell = openShell(fakeContainer())
  const { exitCode, stdout } = await shell.run(`${print(bytes)}; exit 3`, { what: 'head' })
  expect(exitCode).toBe(3)
  expect(stdout.length).toBe(kept)
  expect(/^x*$/.test(stdout)).toBe(true)
  expect(await shell.run('echo next; echo odd >&2', { what: 'echo' })).toEqual({
    exitCode: 0,
    stdout: 'next\n',
    stderr: 'odd\n',
  })
})

test('of what is wanted whole nothing is left out', async () => {
  const { stdout } = await openShell(fakeContainer()).run(print(limit + 1), { what: 'head', whole: true })
  expect(stdout.length).toBe(limit + 1)
})

test('each saying has a name of its own', async () => {
  const shell = openShell(fakeContainer())
  const options = { what: 'printf' }
  const names = [
    await shell.run(`printf '%s' "$saying"`, options),
    await shell.run(`printf '%s' "$saying"`, options),
  ].map(({ stdout }) => stdout)
  expect(names[0]).toMatch(/^[0-9a-f]{12}$/)
  expect(names[1]).not.toBe(names[0])
})

test('a shell that does not begin is told nothing that it could do later, and is slow by the name of its command', async () => {
  const said: string[] = []
  const shell = openShell(fakeContainer(() => openLate(said)))
  const running = shell.run('rm -rf /secret', { what: 'rm', timeoutMs: 50 })
  await expect(running).rejects.toMatchObject({
    code: 'engine-slow',
    diagnosis: '`rm` in the container proxy-1 did not end within 50 ms',
  })
  expect(said).toHaveLength(1)
  expect(said.join('')).not.toContain('secret')
})

test.each([
  ['there is no sh', async () => ({ ExitCode: 127 }), 'proxy-failed'],
  ['it was ended', async () => ({ ExitCode: 137 }), 'engine-slow'],
  ['the engine knows it no more', async () => Promise.reject(new Error('no such exec')), 'engine-slow'],
])('a shell that ends at once says why: %s', async (_, inspect, code) => {
  const openEnded = () => {
    const started = openLocal()
    setTimeout(() => started.stream.destroy(), 5)
    return { ...started, pipe() {} }
  }
  const running = openShell(fakeContainer(openEnded, inspect)).run('true', { what: 'true' })
  await expect(running).rejects.toBeInstanceOf(FailureError)
  await expect(running).rejects.toMatchObject({ code })
})
