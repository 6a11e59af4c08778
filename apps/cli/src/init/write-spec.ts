import { isDeepStrictEqual } from 'node:util'
import { appSpec, appsSpec } from '@stevedore/contract'
import { parseSpec } from '../parse-spec.ts'
import { makeDocument, toComment } from './commented-document.ts'
import { type Comment, type Draft, removeAt, settingPath } from './draft.ts'
import { listHeldBack } from './held-back.ts'
import { keepAllowed } from './keep-allowed.ts'
import { writeHeldBack } from './write-held-back.ts'

/** The order in which a person reads an environment; what is not here follows. */
const settingOrder =
  'engine namespace context host port ingress replicas containerPort ports manifests command args migrate processes health env secrets volumes files'.split(
    ' ',
  )
const partOrder = ['app', 'source', 'build', 'image', 'environments']

/**
 * The drafts as a file: one as it is, several under their names. It has been read again as `apply` reads it.
 * @throws Error where that is not what a draft says
 */
export function writeSpec(drafts: readonly Draft[], header: string): string {
  const [first, ...others] = drafts.map(writeOne)
  if (first !== undefined && others.length === 0) return `# ${header}\n\n${first}`
  const text = [`# ${header}\n`, 'apps:', ...[first ?? '', ...others].map(putUnderName)].join('\n')
  const { apps } = appsSpec.parse(parseSpec(text))
  if (
    !isDeepStrictEqual(
      apps,
      [first ?? '', ...others].map((one) => appSpec.parse(parseSpec(one))),
    )
  )
    throw new Error(`the specs of ${drafts.map(({ app }) => app).join(', ')} do not read as they were meant`)
  return text
}

/** What was `app: web` is `web:`, with all else below it. Comments that are to be lines of it one day stay where those belong. */
function putUnderName(text: string): string {
  const lines = text.trimEnd().split('\n')
  const named = lines.findIndex((line) => line.startsWith('app: '))
  const name = (lines[named] ?? '').replace(/^app: (\S+)/, '$1:')
  const indent = (some: string[], spaces: string) => some.map((line) => (line === '' ? '' : spaces + line))
  return [...indent([...lines.slice(0, named), name], '  '), ...indent(lines.slice(named + 1), '    '), ''].join('\n')
}

/** Each value with where it comes from, and above it what is left to decide. */
function writeOne(draft: Draft): string {
  keepAllowed(draft)
  const heldBack = listHeldBack(draft)
  const spec = structuredClone(draft.spec)
  for (const { name } of heldBack) removeAt(spec, settingPath(draft, 'services', name))
  const isHeld = ({ path }: Comment) => path[2] === 'services' && heldBack.some(({ name }) => name === path[3])
  const document = makeDocument(sortKeys(spec, draft), {
    comments: draft.comments.filter((one) => !isHeld(one)),
    toDecide: draft.toDecide.filter((one) => !isHeld(one)),
  })
  document.comment = [...writeHeldBack(draft, heldBack), ...writeLeftOut(draft)].join('\n') || null
  const text = document.toString({ lineWidth: 0 })
  if (!isDeepStrictEqual(appSpec.parse(parseSpec(text)), appSpec.parse(spec)))
    throw new Error(`the spec of ${draft.app} does not read as it was meant`)
  return text
}

function sortKeys(spec: Draft['spec'], { environment }: Draft): object {
  const environments = spec.environments as Record<string, object>
  const { services, ...settings } = (environments[environment] ?? {}) as Record<string, unknown>
  const sorted = { ...sortBy(settings, settingOrder), ...(services !== undefined && { services }) }
  return sortBy({ ...spec, environments: { ...environments, [environment]: sorted } }, partOrder)
}

function sortBy(fields: object, order: readonly string[]): object {
  const place = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length)
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => place(a) - place(b)))
}

function writeLeftOut({ leftOut }: Draft): string[] {
  if (leftOut.length === 0) return []
  return [' Not carried over:', ...leftOut.map(({ what, why }) => ` - ${toComment(`${what}: ${why}`)}`)]
}
