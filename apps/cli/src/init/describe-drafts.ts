import { paint } from '../render/style.ts'
import { plain } from '../render/visible.ts'
import { specFileName } from '../spec-file.ts'
import { type Draft, type LeftOut, readAt, readSetting } from './draft.ts'
import { describeAsking, describeSharing, type HeldBack, listHeldBack } from './held-back.ts'
import { fieldsOf, listOf } from './values.ts'

/** What a person reads after it: what was taken and from where, what was not and why, what is to decide, what comes next. */
export function describeDrafts(
  drafts: readonly Draft[],
  { leftOut, folder, read = [] }: { leftOut: readonly LeftOut[]; folder: string; read?: readonly string[] | undefined },
): string {
  const apps = drafts.flatMap(describeDraft)
  const others = section('Not carried over of the project:', leftOut.map(describeLeftOut))
  const files = section('Read:', read.length === 0 ? [] : [listFiles(read)])
  return [...files, ...apps, ...others, ...describeNext(drafts, folder)].join('\n')
}

function listFiles(files: readonly string[]): string {
  const more = files.length > 20 ? ` and ${files.length - 20} more` : ''
  return files.slice(0, 20).join(', ') + more
}

function describeDraft(draft: Draft): string[] {
  const { app, environment, engine } = draft
  return [
    paint('bold', `${specFileName}: ${app}, ${environment} on ${engine === 'docker' ? 'Docker' : 'Kubernetes'}`),
    ...section(
      'Taken:',
      draft.comments
        .filter(({ path }) => readAt(draft.spec, path) !== undefined || path.at(-2) === 'secrets')
        .map(({ path, text }) => `${nameSetting(path)}: ${text}`),
    ),
    ...section(
      'To decide:',
      draft.toDecide.map(({ text }) => text),
    ),
    ...section('Written as a comment at its end:', listHeldBack(draft).map(describeHeldBack)),
    ...section('Not carried over:', draft.leftOut.map(describeLeftOut)),
    '',
  ]
}

function describeHeldBack({ name, image, fault, others }: HeldBack): string {
  const [vain, orAsk] = fault === undefined ? ['', ', and `--digests` asks its registry'] : [` (${fault})`, '']
  const digest =
    image === undefined ? [] : [`the digest of its image${vain} is told by \`${describeAsking(image)}\`${orAsk}`]
  return `${name}: ${[...digest, ...(others.length > 0 ? [describeSharing(others)] : [])].join('; ')}`
}

function nameSetting(path: readonly string[]): string {
  return path.slice(path[0] === 'environments' ? 2 : 0).join('.') || 'environment'
}

function describeLeftOut({ what, why }: LeftOut): string {
  return `${what}: ${why}`
}

/** Nothing where it has no line. */
function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${plain(line.replace(/\s+/g, ' '))}`)]
}

/** The app's, and those of companions that are its own, also where one is still a comment. */
function listSecrets(draft: Draft): unknown[] {
  const companions = Object.entries(fieldsOf(readSetting(draft, 'services'))).flatMap(([name, service]) =>
    draft.sharedWith.has(name) ? [] : listOf(fieldsOf(service).secrets),
  )
  return [...new Set([...listOf(readSetting(draft, 'secrets')), ...companions])]
}

function describeNext(drafts: readonly Draft[], folder: string): string[] {
  const lines = drafts.flatMap((draft) => {
    const { app, environment } = draft
    const secrets = listSecrets(draft)
    const isBuilt = draft.spec.image === undefined
    return [
      ...secrets.map((name) => `stevedore secret set ${name} --app ${app} --environment ${environment}`),
      ...(isBuilt
        ? [
            `stevedore build${drafts.length > 1 ? ` ${app}` : ''} --version=1.0.0`,
            `stevedore deploy ${app} ${environment}`,
          ]
        : [`stevedore deploy ${app} ${environment} --image …`]),
    ]
  })
  return section('Next:', [...(folder === '.' ? [] : [`cd ${folder}`]), 'stevedore apply', ...lines])
}
