import { isDeepStrictEqual } from 'node:util'
import { appSpec } from '@stevedore/contract'
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
 * The draft as a file: each value with where it comes from, and above it what is left to decide. It has been read again as `apply` reads it.
 * @throws Error where that is not what the draft says
 */
export function writeSpec(draft: Draft, header: string): string {
  keepAllowed(draft)
  const heldBack = listHeldBack(draft)
  const spec = structuredClone(draft.spec)
  for (const { name } of heldBack) removeAt(spec, settingPath(draft, 'services', name))
  const isHeld = ({ path }: Comment) => path[2] === 'services' && heldBack.some(({ name }) => name === path[3])
  const document = makeDocument(sortKeys(spec, draft), {
    comments: draft.comments.filter((one) => !isHeld(one)),
    toDecide: draft.toDecide.filter((one) => !isHeld(one)),
  })
  document.commentBefore = ` ${header}`
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
