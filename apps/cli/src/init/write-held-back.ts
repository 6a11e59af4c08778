import { makeDocument } from './commented-document.ts'
import { type Draft, type Path, readSetting, settingPath } from './draft.ts'
import { describeAsking, describeSharing, type HeldBack } from './held-back.ts'
import { type Fields, fieldsOf } from './values.ts'

const heading =
  ' Companions that are not declared yet. For each: put in the digest that its command tells, and take the "# " off its lines.'

/**
 * Companions that are not declared yet, as lines of a comment, each where it belongs once its `# ` is gone: they are the last of the
 * environment, and that is the last of the file.
 */
export function writeHeldBack(draft: Draft, heldBack: readonly HeldBack[]): string[] {
  if (heldBack.length === 0) return []
  const all = fieldsOf(readSetting(draft, 'services'))
  const services = Object.fromEntries(heldBack.map(({ name, image }) => [name, withSign(fieldsOf(all[name]), image)]))
  const isOfOne = ({ path }: { path: Path }) => path[2] === 'services' && Object.hasOwn(services, path[3] ?? '')
  const asking = heldBack.flatMap(({ name, image }) =>
    image === undefined ? [] : [{ path: settingPath(draft, 'services', name, 'image'), text: describeAsking(image) }],
  )
  const document = makeDocument(
    { environments: { [draft.environment]: { services } } },
    { comments: [...draft.comments.filter(isOfOne), ...asking], toDecide: draft.toDecide.filter(isOfOne) },
  )
  const lines = document.toString({ lineWidth: 0 }).trimEnd().split('\n')
  // `environments:`, its name, and `services:` where others stand under that already.
  const above = Object.keys(all).length > heldBack.length ? 3 : 2
  const shared = heldBack.flatMap(({ name, others }) =>
    others.length > 0 ? [` ${name}: ${describeSharing(others)}`] : [],
  )
  return [heading, ...shared, ...lines.slice(above).map((line) => ` ${line}`), '']
}

/** A sign where the digest is missing. */
function withSign(service: Fields, image: string | undefined): object {
  return image === undefined ? service : { ...service, image: `${image}@sha256:…` }
}
