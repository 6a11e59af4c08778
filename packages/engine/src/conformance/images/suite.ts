import { describe, test } from 'vitest'
import { buildingTests } from './building.ts'
import { clearingTests } from './clearing.ts'
import type { ImageHarness } from './harness.ts'
import { pushingTests } from './pushing.ts'

/**
 * What every ImageEngine keeps to. `open` gives each test a repository of its own and may be slow.
 * @param buildkit what `describe` says, which must be known before any engine is opened
 */
export function describeImageEngine(
  name: string,
  { buildkit }: { buildkit: boolean },
  open: () => Promise<ImageHarness>,
): void {
  describe(`${name} keeps to the port`, () => {
    for (const { title, run, buildkit: needed } of [...buildingTests, ...pushingTests, ...clearingTests])
      test.skipIf(needed !== undefined && needed !== buildkit)(title, { timeout: 180_000 }, async () => {
        const harness = await open()
        try {
          await run(harness)
        } finally {
          await harness.cleanup()
        }
      })
  })
}
