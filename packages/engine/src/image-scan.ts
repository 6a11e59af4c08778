import type { BuildReach } from './build-reach.ts'

/** How a tool is run; its paths are those of `scanPaths`. The image's own entrypoint is the tool. */
export interface ScanProgram {
  env: Record<string, string>
  /** Arguments that bring the vulnerability database up to date: with a network, and without the image under test. */
  update: readonly string[]
  /** Arguments that read the image's archive and write the report: without a network. */
  scan: readonly string[]
  /** The arguments of a further update, where a scan ended for want of it; undefined where its words say nothing of the kind. */
  findLack(words: string): readonly string[] | undefined
  /** A file of the database's folder that says how old it is; undefined where the report does. */
  databaseFile: string | undefined
}

/** An image to be looked at before it is one of an app's. */
export interface ImageScan {
  app: string
  /** `sha256:…` of the engine's own. */
  imageId: string
  /** The tool's image, by digest. */
  tool: string
  program: ScanProgram
  reach: BuildReach
  /** A folder of the worker; the image's archive is written beside it, and goes. */
  scratchDir: string
}

/** What a tool left; as foreign as the tool. */
export interface ScanOutput {
  /** At most 32 MiB. */
  report: string
  /** What `databaseFile` holds; undefined where there is none. */
  databaseFile: string | undefined
  /** What the tool's image says of itself. */
  toolVersion: string | undefined
}
