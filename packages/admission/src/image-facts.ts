/** An image as far as admission needs it. */
export interface ImageFacts {
  version: string
  target: string
  /** null: it stays on the engine that built it. */
  registry: string | null
  name: string
  /** The engine's own. */
  imageId: string
  /** The registry's digest; null until it is pushed. */
  digest: string | null
  /** Built for a pull request, of a fork or of the repository itself. */
  pullRequest: 'fork' | 'own' | null
}
