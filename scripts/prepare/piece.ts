/** Where packages come from. What is imported here must not look for programs as it loads: they may be installed only now. */
export interface Distribution {
  /** Packages can be installed without asking anyone. */
  canInstall(): Promise<boolean>
  install(packages: readonly string[]): Promise<void>
}

/** Something that the demo or the tests need of the machine. */
export interface Piece {
  name: string
  /** What it is needed for, in half a sentence. */
  why: string
  /** Debian's packages that bring it. */
  packages: readonly string[]
  isThere(): Promise<boolean>
  /** What is left to do once it is installed. */
  start?(): Promise<void>
}
