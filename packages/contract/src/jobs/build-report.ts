import { z } from 'zod'
import { imageDigest } from '../values/names.ts'

/** What is known of an image, kept with the job that built it. */
export const buildReport = z.strictObject({
  build_date: z.iso.datetime(),
  version: z.string(),
  vcs_ref: z.string(),
  target: z.string(),
  /** null: the image stays on the engine that built it. */
  registry: z.string().nullable(),
  image_name: z.string(),
  /** Of the registry's manifest once pushed; until then the engine's own image id. */
  digest: imageDigest,
  /** Bytes, uncompressed, as the engine counts them. */
  size: z.int(),
  duration_ms: z.int(),
  pushed: z.boolean(),
  /** What is not whole: content of the source that was not fetched, output that its builder left out. Absent when all is. */
  warnings: z.array(z.string()).optional(),
})
export type BuildReport = z.infer<typeof buildReport>

/** In place of a registry: a name that no public image can have, so that no build takes the tag of a base or of the proxy. */
export const noRegistry = 'localhost'

/** `registry/name:version-target` and `registry/name:latest-target`. */
export function imageTags(registry: string | null, name: string, version: string, target: string): [string, string] {
  const repository = `${registry ?? noRegistry}/${name}`
  return [`${repository}:${version}-${target}`, `${repository}:latest-${target}`]
}
