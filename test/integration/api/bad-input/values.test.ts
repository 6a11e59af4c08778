import type { AnyRoute } from '@stevedore/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf, listRoutes } from '../every-route.ts'
import { expectAllRefused, type Sent } from '../expect-refused.ts'
import { sampleBodies } from '../sample-bodies.ts'
import { openShop, type Shop } from './shop.ts'

/* Each member of each body, in turn, with a value that it cannot have. */
let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.api.close())

type Path = readonly string[]

/** A number that JSON can write and JavaScript cannot hold; written as a text, which is taken off again. */
const tooLarge = '1e400'
const write = (body: unknown) => JSON.stringify(body).replaceAll(`"${tooLarge}"`, tooLarge)

/** Each place in a value, and what stands there. */
function listPlaces(value: unknown, path: Path = []): [Path, unknown][] {
  const inner = Object.entries(Object(value)).flatMap(([key, one]) =>
    typeof value === 'object' ? listPlaces(one, [...path, key]) : [],
  )
  return path.length === 0 ? inner : [[path, value], ...inner]
}

function putAt(body: unknown, [key = '', ...rest]: Path, value: unknown): unknown {
  const copy = structuredClone(Object(body)) as Record<string, unknown>
  copy[key] = rest.length === 0 ? value : putAt(copy[key], rest, value)
  return copy
}

function renameAt(body: unknown, path: Path, name: string): unknown {
  const [last = '', ...before] = [...path].reverse()
  const parent = before.reverse()
  const old = parent.reduce<unknown>((inner, key) => Object(inner)[key], body)
  const renamed = Object.fromEntries(
    Object.entries(Object(old)).map(([key, value]) => [key === last ? name : key, value]),
  )
  return parent.length === 0 ? renamed : putAt(body, parent, renamed)
}

/** What is of another type than what stands there: nothing is read as what it is not. Of host names there may be one or several. */
function listOthers(path: Path, value: unknown): unknown[] {
  if (path.at(-1) === 'host') return [null, { a: value }, true, tooLarge, [[value]], [], [true]]
  if (Array.isArray(value)) return [null, {}, 1, [[]], [null]]
  if (typeof value === 'string') return [null, [value], { a: value }, true, tooLarge]
  if (typeof value === 'number') return [null, String(value), [value], true, tooLarge, 'NaN']
  if (typeof value === 'boolean') return [null, String(value), 1, [value]]
  return [null, [value], 1, true, '{}']
}

const unholdable: [string, string][] = [
  ['NUL', '\0'],
  ['half a character', '\ud800'],
  ['an override of direction', '\u202e'],
  ['a zero-width space', '\u200b'],
]

const refused = (route: AnyRoute, body: unknown): Sent => {
  const path = addressOf(route, { id: shop.jobId })
  return [route.method, path, { body: write(body) }, 422, 'validation-failed']
}

describe.each(listRoutes((route) => route.body && listPlaces(sampleBodies(route.url)).length > 1))(
  '%s',
  (_title, route) => {
    const bodies = sampleBodies(route.url)
    const places = bodies.flatMap((body) => listPlaces(body).map(([path, value]) => ({ body, path, value })))

    test('row 10: every member with a value of another type', async () => {
      const sent = places.flatMap(({ body, path, value }) =>
        listOthers(path, value).map((other) => refused(route, putAt(body, path, other))),
      )
      await expectAllRefused(shop.api, sent)
    })

    test.each(unholdable)('row 11: every text and key with %s', async (_what, odd) => {
      const sent = places.flatMap(({ body, path, value }) => [
        ...(typeof value === 'string' ? [refused(route, putAt(body, path, `${value}${odd}`))] : []),
        ...(Number.isNaN(Number(path.at(-1))) ? [refused(route, renameAt(body, path, `${path.at(-1)}${odd}`))] : []),
      ])
      await expectAllRefused(shop.api, sent)
    })

    test('row 9: every object with a member that is unknown', async () => {
      const objects = places.filter(({ value }) => typeof value === 'object' && !Array.isArray(value))
      const sent = objects.map(({ body, path, value }) => {
        const isOpen = path.length === 1 && path[0] === 'environments'
        return refused(route, putAt(body, path, { ...Object(value), [isOpen ? 'Not A Name' : 'createdBy']: 'me' }))
      })
      await expectAllRefused(shop.api, [refused(route, { ...Object(bodies[0]), createdBy: 'me' }), ...sent])
    })
  },
)

const names = ['Shop', 'ѕhop', 'a'.repeat(64), '-shop', 'shop_', 'sh%20op', 'shop.', '%252e', 'sh%0aop', "shop'--"]

describe('row 12: names that are none', () => {
  test.each(names)('%s, as the app of an address', async (name) => {
    const naming = listRoutes(({ url, access }) => url.includes('/:app') && access !== 'signature')
    const sent = naming.map(([, route]): Sent => {
      const path = addressOf(route, { app: name, id: shop.jobId })
      return [route.method, path, {}, ...answerTo(route)]
    })
    await expectAllRefused(shop.api, sent)
  })

  /** An archive says what it is before it is asked for whom. */
  const answerTo = ({ bodyAs }: AnyRoute): [number, string] =>
    bodyAs ? [415, 'unsupported-media-type'] : [422, 'validation-failed']

  test.each(names)('%s, as the app of a query or a body', async (name) => {
    const inQuery = listRoutes(({ query }) => 'app' in Object(Object(query).shape))
    const body = { kind: 'build', app: decodeURIComponent(name) }
    const sent = inQuery.map(([, route]): Sent => {
      const path = addressOf(route, { id: shop.jobId })
      return [route.method, `${path}?app=${name}`, {}, 422, 'validation-failed']
    })
    expect(sent.length).toBeGreaterThan(4)
    await expectAllRefused(shop.api, [...sent, ['POST', '/v1/jobs', { body }, 422, 'validation-failed']])
  })
})
