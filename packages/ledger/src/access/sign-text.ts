import { randomBytes } from 'node:crypto'
import type { Ledger } from '../foundation/ledger.ts'
import { openSealer } from '../foundation/sealer.ts'

const ofThisProcess = openSealer(randomBytes(32))

/** The signature of a text that goes out and comes back; without a master key it holds within this process alone. */
export function signText({ sealer = ofThisProcess }: Ledger, text: string): string {
  return sealer.sign(text)
}
