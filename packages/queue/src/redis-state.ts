import { Redis } from 'ioredis'
import { answerTimeoutMs, awaitAnswer } from './link.ts'

/** How the Redis is set up that carries the messages; undefined what its account may not ask. */
export interface RedisState {
  version: string | undefined
  evictionPolicy: string | undefined
  /** It appends each write to a file. */
  appendOnly: boolean | undefined
  memoryUsedBytes: number | undefined
  /** 0 for none. */
  memoryLimitBytes: number | undefined
}

/** By a connection of its own, which is closed again. Rejects where Redis does not answer within two seconds. */
export async function readRedisState(url: string): Promise<RedisState> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: answerTimeoutMs, retryStrategy: () => null })
  // What it emits, it also rejects with.
  client.on('error', () => {})
  try {
    await awaitAnswer(client.connect(), 'Redis')
    return parseInfo(await awaitAnswer(client.info(), 'Redis'))
  } finally {
    client.disconnect()
  }
}

function parseInfo(info: string): RedisState {
  const fields = new Map(info.split(/\r?\n/).map(readField))
  const read = (field: string) => fields.get(field)
  const readNumber = (field: string) => (fields.has(field) ? Number(fields.get(field)) : undefined)
  const appendOnly = read('aof_enabled')
  return {
    version: read('redis_version'),
    evictionPolicy: read('maxmemory_policy'),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    memoryUsedBytes: readNumber('used_memory'),
    memoryLimitBytes: readNumber('maxmemory'),
  }
}

function readField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1)]
}
