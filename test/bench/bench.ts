import type { Component } from '@stevedore/testkit'
import type { Measurement } from './table.ts'

export interface BenchOptions {
  /** A short run, for a look. */
  quick: boolean
}

/** One part of `npm run bench`: ours, what it is compared with, and the goal. */
export interface Bench {
  /** What `npm run bench -- NAME` calls it. */
  name: string
  title: string
  components: readonly Component[]
  run(options: BenchOptions): Promise<Measurement[]>
}
