import { globSync } from 'node:fs'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Component } from './component.ts'

/** The library that a process is started with, where it is installed. */
export function findFakeClock(): string | undefined {
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0]
}

const library = findFakeClock()

export const fakeClockComponent: Component = {
  name: 'libfaketime',
  found: library !== undefined,
  bring: 'apt-get install libfaketime',
}

/** The wall clock of a process; how long things take is measured by another, which stays right. */
export interface FakeClock {
  /** For the process whose clock it is. */
  env: Record<string, string>
  /** Sets it so far from the machine's: `+1d`, `-90m`. */
  set(offset: string): Promise<void>
  remove(): Promise<void>
}

export async function makeFakeClock(offset = '+0'): Promise<FakeClock> {
  if (!library) throw new Error(`no ${fakeClockComponent.name} here; bring it with: ${fakeClockComponent.bring}`)
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-clock-'))
  // Postgres reads it under an account of its own.
  await chmod(dir, 0o755)
  const file = join(dir, 'offset')
  const set = async (next: string) => {
    await writeFile(`${file}.next`, next)
    await rename(`${file}.next`, file)
  }
  await set(offset)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}
