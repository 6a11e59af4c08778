export interface SourceFile {
  /** From the checkout's root on. */
  path: string
  text: string
}
