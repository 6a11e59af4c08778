import { FailureError, nameRepository } from '@stevedore/contract'
import { createRegistryClient, parseReference, type RegistryClient } from '@stevedore/source'
import { type Draft, readSetting, takeSetting } from './draft.ts'
import { listHeldBack, unknownDigest } from './held-back.ts'
import { keepAllowed } from './keep-allowed.ts'

/** All registries together; a person waits. */
const usualDeadlineMs = 30_000
const mostImages = 50

/**
 * Asks the registries of companions' images for their digests, as somebody without a sign-in. What no registry tells in time stays open,
 * with the reason.
 * @param allowedHosts on private networks, which a file of others' could name otherwise to have them asked
 */
export async function findDigests(
  drafts: readonly Draft[],
  allowedHosts: readonly string[],
  deadlineMs = usualDeadlineMs,
): Promise<void> {
  // What no spec may say is asked for nowhere.
  for (const draft of drafts) keepAllowed(draft)
  const wanted = drafts.flatMap((draft) => listHeldBack(draft).map((one) => ({ draft, ...one })))
  const images = [...new Set(wanted.flatMap(({ image }) => image ?? []))].slice(0, mostImages)
  const client = createRegistryClient(isOfThisMachine, async () => allowedHosts)
  const signal = AbortSignal.timeout(deadlineMs)
  const answers = new Map(
    await Promise.all(images.map(async (image) => [image, await ask(client, image, signal)] as const)),
  )
  for (const { draft, name, image } of wanted) {
    const answer = image === undefined ? undefined : answers.get(image)
    if (answer?.digest !== undefined) giveDigest(draft, name, answer.digest)
    else if (answer?.fault !== undefined) draft.askedInVain.set(name, answer.fault)
  }
}

/** As Docker has it: a registry of the machine itself has no certificate. */
async function isOfThisMachine(registry: string): Promise<boolean> {
  return /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(registry)
}

type Answer = { digest: string; fault?: never } | { fault: string; digest?: never }

async function ask(client: RegistryClient, image: string, signal: AbortSignal): Promise<Answer> {
  try {
    const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest'
    const reference = parseReference(`${nameRepository(image)}:${tag}`)
    if (!URL.canParse(`https://${reference.registry}`)) return { fault: 'its registry is no address' }
    const digest = await client.findDigest(reference, undefined, signal)
    return digest === undefined ? { fault: 'its registry has no such image' } : { digest }
  } catch (error) {
    if (error instanceof FailureError)
      return { fault: `${error.message}${error.diagnosis ? `: ${error.diagnosis}` : ''}` }
    if (signal.aborted) return { fault: 'its registry did not answer in time' }
    if (error instanceof RangeError) return { fault: 'it is no name of an image' }
    throw error
  }
}

function giveDigest(draft: Draft, name: string, digest: string): void {
  const image = String(readSetting(draft, 'services', name, 'image'))
  takeSetting(draft, ['services', name, 'image'], image.replace(unknownDigest, digest))
}
