import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '@stevedore/config'
import { S3mini, S3ServiceError, type UploadPart } from 's3mini'
import { CommandError, exitStatus } from './command-error.ts'

/** The objects of a bucket below a prefix, whose keys are named without it. */
export interface Bucket {
  list(below?: string): Promise<StoredObject[]>
  /** The object is there once all of it is. Rejects otherwise, and leaves no part of it. */
  send(path: string, key: string): Promise<void>
  /** Writes an object into a new file that only its owner reads. */
  fetch(object: StoredObject, path: string): Promise<void>
  remove(keys: string[]): Promise<void>
}

export interface StoredObject {
  key: string
  bytes: number
  modifiedAt: Date
}

/** What is in memory at a time; 10,000 of them are the most that S3 takes of one object. */
const partBytes = 16 * 1_048_576
/** For one part, at 280 kB a second. */
const requestTimeoutMs = 60_000
const tries = 3
const pauseMs = 1_000
const mostObjects = 1_000_000

const bucketAddress = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}){0,16})\/?$/

export function openBucket(address: string, settings: Config['backupBucket']): Bucket {
  const [, bucket, folder = ''] = bucketAddress.exec(address) ?? []
  if (bucket === undefined)
    throw new CommandError(
      exitStatus.usage,
      'A bucket is named as s3://BUCKET or s3://BUCKET/FOLDER',
      'Give names of letters, digits, dots, dashes and underscores. Credentials and the endpoint are in STEVEDORE_BACKUP_…',
    )
  const client = connect(bucket, settings)
  const prefix = folder === '' ? '' : `${folder.slice(1)}/`
  return {
    async list(below = '') {
      const found = await patiently(() => client.listObjects('/', prefix + below, mostObjects))
      if (!found) throw new Error(`there is no bucket ${bucket}`)
      return found.map(({ Key, Size, LastModified }) => ({
        key: Key.slice(prefix.length),
        bytes: Number(Size),
        modifiedAt: new Date(LastModified),
      }))
    },
    send: (path, key) => send(client, path, prefix + key),
    fetch: (object, path) => fetchParts(client, { ...object, key: prefix + object.key }, path),
    async remove(keys) {
      const gone = await patiently(() => client.deleteObjects(keys.map((key) => prefix + key)))
      if (gone.includes(false)) throw new Error('not all objects could be removed')
    },
  }
}

function connect(bucket: string, { endpoint, region, keyId, secretKey }: Config['backupBucket']): S3mini {
  if (keyId === undefined || secretKey === undefined)
    throw new CommandError(
      exitStatus.usage,
      'There are no credentials for the bucket',
      'Set STEVEDORE_BACKUP_KEY_ID and STEVEDORE_BACKUP_SECRET_KEY, or the same with _FILE.',
    )
  const host = (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/{1,64}$/, '')
  return new S3mini({
    ...{ accessKeyId: keyId, secretAccessKey: secretKey, region, endpoint: `${host}/${bucket}` },
    ...{ requestAbortTimeout: requestTimeoutMs, requestSizeInBytes: partBytes },
  })
}

async function send(client: S3mini, path: string, key: string): Promise<void> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const read = async (from: number) => {
    const part = Buffer.alloc(Math.min(partBytes, size - from))
    await file.read(part, 0, part.length, from)
    return part
  }
  if (size <= partBytes) {
    const whole = await read(0)
    await patiently(() => client.putObject(key, whole))
    return
  }
  await sendParts(client, key, { size, read })
}

interface Source {
  size: number
  read(from: number): Promise<Buffer<ArrayBuffer>>
}

async function sendParts(client: S3mini, key: string, { size, read }: Source): Promise<void> {
  const upload = await patiently(() => client.getMultipartUploadId(key))
  try {
    const parts: UploadPart[] = []
    for (let from = 0; from < size; from += partBytes) {
      const part = await read(from)
      parts.push(await patiently(() => client.uploadPart(key, upload, part, parts.length + 1)))
    }
    await patiently(() => client.completeMultipartUpload(key, upload, parts))
  } catch (error) {
    // Why it failed is what matters; a bucket that is away forgets the parts by its own rules.
    await client.abortMultipartUpload(key, upload).catch(() => {})
    throw error
  }
}

async function fetchParts(client: S3mini, { key, bytes }: StoredObject, path: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  for (let from = 0; from < bytes; from += partBytes) {
    const to = Math.min(from + partBytes, bytes)
    const part = await patiently(async () => (await client.getObjectRaw(key, false, from, to)).arrayBuffer())
    if (part.byteLength !== to - from) throw new Error(`${key} has changed while it was read`)
    await file.write(new Uint8Array(part))
  }
}

/** Tries again what a busy or distant server may do the next time; what it refuses stays refused. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn++)
    try {
      return await ask()
    } catch (error) {
      const isRefused = error instanceof S3ServiceError && error.status < 500 && error.status !== 429
      if (isRefused || turn === tries) throw explain(error)
      await delay(turn * pauseMs)
    }
}

/** The library's words name addresses and, in its causes, signed headers: what is told is the answer alone. */
function explain(error: unknown): CommandError {
  const { code, cause } = Object(error) as { code?: string; cause?: { code?: string } }
  const told =
    error instanceof S3ServiceError
      ? `The bucket answers ${error.status}${/^\w{1,64}$/.test(error.serviceCode ?? '') ? ` ${error.serviceCode}` : ''}`
      : `The bucket cannot be reached (${cause?.code ?? code ?? (error instanceof Error ? error.name : 'unknown')})`
  return new CommandError(
    exitStatus.failed,
    told,
    'Look at the bucket’s name, at STEVEDORE_BACKUP_ENDPOINT and STEVEDORE_BACKUP_REGION, and at what the key may do: list, read, write, delete.',
  )
}
