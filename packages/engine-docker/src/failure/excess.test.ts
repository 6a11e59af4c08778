import type Docker from 'dockerode'
import { expect, test } from 'vitest'
import { findExcess } from './excess.ts'

const ended = { State: { OOMKilled: false, Running: false }, HostConfig: { PidsLimit: 512 }, Config: { Labels: {} } }
const container = { inspect: async () => ended } as unknown as Docker.Container

test.each([
  "/bin/sh: can't fork: Resource temporarily unavailable",
  'bash: fork: retry: Resource temporarily unavailable',
  'java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process limits reached',
  'runtime/cgo: pthread_create failed: Resource temporarily unavailable',
])('a container that ends with %j has run into its number of processes', async (line) => {
  expect(await findExcess(container, {}, ['starting', line])).toMatch(/^it was refused more processes/)
})

test.each([
  'Exception in thread "main" java.io.IOException: Unable to create directory /data: Permission denied',
  "thread 'main' panicked at src/main.rs:3: unable to create /data: Read-only file system",
  '[main-thread] 503 Service Temporarily Unavailable',
  'the fork of the repository is temporarily unavailable',
])('one that ends with %j has not', async (line) => {
  expect(await findExcess(container, {}, [line])).toBeUndefined()
})
