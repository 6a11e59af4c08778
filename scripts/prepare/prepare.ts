import { debian } from './debian.ts'
import type { Distribution, Piece } from './piece.ts'

/**
 * Brings the pieces that are missing, saying what and why, and touches nothing that is there. Returns those that are still missing: where
 * packages cannot be installed it says what to install instead.
 */
export async function prepare(pieces: readonly Piece[], distribution: Distribution = debian): Promise<Piece[]> {
  const missing = await listMissing(pieces)
  if (missing.length === 0) return []
  if (!(await distribution.canInstall())) {
    for (const { name, why, packages } of missing)
      console.log(`Missing: ${name} (${why}). On Debian: apt-get install ${packages.join(' ')}`)
    return missing
  }
  for (const { name, why, packages } of missing)
    console.log(`Bringing ${name}, ${packages.join(' ')} from Debian: ${why}.`)
  await distribution.install(missing.flatMap((piece) => piece.packages))
  for (const piece of missing) await piece.start?.()
  return listMissing(missing)
}

async function listMissing(pieces: readonly Piece[]): Promise<Piece[]> {
  const found = await Promise.all(pieces.map((piece) => piece.isThere()))
  return pieces.filter((_, index) => !found[index])
}
