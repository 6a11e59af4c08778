import { spawn } from 'node:child_process'
import { endProcess, readUntil } from './child-process.ts'
import { type Component, findProgram } from './component.ts'
import { findFreePort } from './free-port.ts'

const program = findProgram('moto_server')

export const bucketComponent: Component = {
  name: 'S3 server (moto)',
  found: program !== undefined,
  bring: "pip install 'moto[server]'",
}

export interface TestBuckets {
  /** Any key opens all of it; it keeps everything in memory. */
  endpoint: string
  createBucket(name: string): Promise<void>
  stop(): Promise<void>
}

/** Starts an S3 server of its own, without buckets. */
export async function startBuckets(): Promise<TestBuckets> {
  if (!program) throw new Error(`no S3 server here; bring it with: ${bucketComponent.bring}`)
  const port = await findFreePort()
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] })
  await readUntil(child.stderr, /Running on http/)
  const endpoint = `http://127.0.0.1:${port}`
  return {
    endpoint,
    async createBucket(name) {
      await fetch(`${endpoint}/${name}`, { method: 'PUT' })
    },
    stop: () => endProcess(child, 'SIGKILL'),
  }
}
