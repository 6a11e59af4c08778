import { open } from 'node:fs/promises'
import { CliError, exitStatus } from './exit.ts'
import { systemCode } from './system-error.ts'

/** More than the server takes: it is the one to say so, but gets no disk image to say it of. */
const maxBytes = 262_144

/** The text of a file of certificates or keys. Throws where it is plainly in another form, before anything is sent. */
export async function readPemFile(path: string): Promise<string> {
  const bytes = await readStart(path)
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  if (text.includes('-----BEGIN ')) return text
  const remedy = `Convert it: openssl x509 -inform der -in ${path} (a key: openssl pkey -inform der -in ${path})`
  throw new CliError(exitStatus.usage, `${path} is not a PEM file: it has no line -----BEGIN …-----`, remedy)
}

async function readStart(path: string): Promise<Buffer> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path} cannot be read (${systemCode(error) ?? 'no such file'})`)
  }
}
