import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { endProcess, readUntil } from './child-process.ts'

test('reads up to the line that fits, and lets what follows flow', async () => {
  const output = new PassThrough()
  output.write('starting\nlistens on 8080\n')
  const [, port] = await readUntil(output, /listens on (\d+)/)
  expect(port).toBe('8080')
  output.end(Buffer.alloc(1_000_000))
  await once(output, 'end')
})

test('rejects with all that was said when the output ends first', async () => {
  const output = new PassThrough()
  output.end('starting\nno such table\n')
  await expect(readUntil(output, /listens/)).rejects.toThrow('starting\nno such table')
})

test('ends a process, and leaves one alone that has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await endProcess(child, 'SIGKILL')
  expect(child.signalCode).toBe('SIGKILL')
  await endProcess(child, 'SIGKILL')
})
