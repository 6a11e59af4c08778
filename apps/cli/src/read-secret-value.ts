import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { CliError, exitStatus } from './exit.ts'

/** Asks on a terminal without showing what is typed; otherwise takes standard input, less one line break at its end. */
export async function readSecretValue(prompt: string): Promise<string> {
  const value = process.stdin.isTTY ? await ask(prompt) : (await readInput()).replace(/\r?\n$/, '')
  if (value === '') throw new CliError(exitStatus.usage, 'The value is empty')
  return value
}

/** Byte for byte: a byte order mark at its beginning belongs to the value. */
async function readInput(): Promise<string> {
  return (await buffer(process.stdin)).toString('utf8')
}

function ask(prompt: string): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silence, terminal: true })
  process.stderr.write(prompt)
  return new Promise((resolve, reject) => {
    reader.on('SIGINT', () => reader.close())
    reader.on('close', () => reject(new CliError(exitStatus.interrupted, '')))
    reader.question('', (answer) => {
      resolve(answer)
      process.stderr.write('\n')
      reader.close()
    })
  })
}
