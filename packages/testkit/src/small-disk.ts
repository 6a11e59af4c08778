import { execFileSync } from 'node:child_process'
import type { Component } from './component.ts'

export const smallDiskComponent: Component = {
  name: 'right to mount',
  found: tryMount(),
  bring: 'run as root, outside of a container',
}

function tryMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface DiskSize {
  mebibytes: number
  /** How many files it takes. */
  files?: number
}

/** A file system of so many bytes and files in memory, at a folder that is there. */
export interface SmallDisk {
  resize(size: DiskSize): void
  unmount(): void
}

export function mountSmallDisk(folder: string, size: DiskSize): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `${describe(size)},mode=700`, 'tmpfs', folder])
  return {
    resize: (next) => void execFileSync('mount', ['-o', `remount,${describe(next)}`, folder]),
    unmount: () => void execFileSync('umount', ['-l', folder]),
  }
}

function describe({ mebibytes, files }: DiskSize): string {
  return `size=${mebibytes}m${files === undefined ? '' : `,nr_inodes=${files}`}`
}
