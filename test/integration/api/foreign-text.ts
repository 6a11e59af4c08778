import type { OperationName, operations } from '@stevedore/contract'
import type { ApiRequest } from '@stevedore/testkit'
import fc from 'fast-check'
import { sampleBodies } from './sample-bodies.ts'
import { providerOf, samplePayload, signPayload } from './sample-webhooks.ts'

/** A request to be sent as it is. */
export interface Foreign extends ApiRequest {
  method: string
  path: string
}

export type Declared = (typeof operations)[OperationName]

/** What has broken readers before: of addresses, as they are written there. */
const writtenTexts = [
  ...['%00', 'a%00b', '%ED%A0%80', '%ff', '%C0%80', '%E2%80%AE', '%', '%zz', '%252e', '%2e%2e%2fx', '%0d%0aX:y', '\\'],
  ...['0', '-1', '1e9', '0x10', '2147483648', '9223372036854775808', '99999999999999999999', 'c999999999999999'],
  ...['00000000', '00000000----------------------------', '0000000g', 'ffffffff-ffff-ffff-ffff-fffffffffff'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', '2024-02-30T00:00:00Z', '0001-01-01T00:00:00%2B23:59'],
  ...["'%20OR%201=1--", '__proto__', 'constructor', '$ne', '%F0%9F%98%80'.repeat(20), 'x'.repeat(256)],
]
const texts = ['\0', 'a\0b', '\ud800', '\udc00x', '\u202e', '\ufffe', '', ' ', '-x', '%00', '\r\n', 'x'.repeat(70_000)]
const oddities = [...texts, null, true, -1, 0, 1.5, 2 ** 31, 2 ** 53, 1e308, [], {}, [[]], { a: '\0' }, ['\ud800']]

const inAddress = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...writtenTexts) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
  },
)
/** All that HTTP lets through. */
const inHeader = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 300 })
  .filter((text) => !text.includes('\x7f'))
const inJson = fc.oneof(fc.constantFrom<unknown>(...oddities), fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }))

const plainNames: Record<string, string> = { app: 'shop', environment: 'staging', number: '1', name: 'KEY' }
const callersHeaders = ['X-Request-Id', 'User-Agent', 'Accept', 'Content-Type', 'Range', 'Cookie', 'If-None-Match']

/** Requests to an operation in which some part is not what was declared; the rest is, so that each part is reached. */
export function makeRequests(declared: Declared, { id }: { id: string }): fc.Arbitrary<Foreign> {
  const { method, url, bodyAs } = { bodyAs: undefined, ...declared }
  const raw = bodyAs?.kind === 'raw'
  return fc
    .record({
      path: makePath(url, { ...plainNames, id }),
      query: fc.dictionary(fc.constantFrom(...queryNames(declared), 'other'), inAddress, { maxKeys: 2 }),
      headers: fc.dictionary(fc.constantFrom(...headerNames(declared)), inHeader, { maxKeys: 2 }),
      body: makeBody(declared),
    })
    .map(({ path, query, headers, body }) => {
      const search = Object.entries(query).map(([name, value]) => `${name}=${value}`)
      return {
        method,
        path: search.length > 0 ? `${path}?${search.join('&')}` : path,
        ...(body !== undefined && { body }),
        headers: {
          ...(raw && signPayload(providerOf(url), body as string)),
          ...(bodyAs?.kind === 'stream' && tar),
          ...headers,
        },
      }
    })
}

const tar = { 'content-type': 'application/x-tar' }

/** Each name is the plain one more often than not. */
function makePath(url: string, plain: Record<string, string>): fc.Arbitrary<string> {
  const parts = url.split('/').map((part) => {
    if (!part.startsWith(':')) return fc.constant(part)
    const given = fc.constant(plain[part.slice(1)] ?? 'x')
    return fc.oneof({ weight: 4, arbitrary: given }, { weight: 1, arbitrary: inAddress })
  })
  return fc.tuple(...parts).map((all) => all.join('/'))
}

/** Each place of an operation's address and query that takes a text, with `text` there and what is plain everywhere else. */
export function placeText(declared: Declared, text: string, { id }: { id: string }): string[] {
  const plain: Record<string, string> = { ...plainNames, id }
  const fill = (odd?: string) =>
    declared.url.replaceAll(/:([a-z]+)/g, (_, name: string) => (name === odd ? text : (plain[name] ?? 'x')))
  const names = [...declared.url.matchAll(/:([a-z]+)/g)].map(([, name]) => name)
  return [...names.map(fill), ...[...queryNames(declared), 'other'].map((name) => `${fill()}?${name}=${text}`)]
}

function queryNames(declared: Declared): string[] {
  return 'query' in declared ? Object.keys(declared.query.shape) : []
}

function headerNames(declared: Declared): string[] {
  return [...('headers' in declared ? Object.keys(declared.headers) : []), ...callersHeaders]
}

function makeBody(declared: Declared): fc.Arbitrary<unknown> {
  if ('bodyAs' in declared && declared.bodyAs.kind === 'stream') return fc.uint8Array({ maxLength: 2_000 })
  if ('bodyAs' in declared) return spoil(samplePayload(providerOf(declared.url))).map((body) => JSON.stringify(body))
  if (!('body' in declared)) return fc.constant(undefined)
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...sampleBodies(declared.url)).chain(spoil) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: inJson },
  )
}

/** With one member, at any depth, replaced, or one more. */
function spoil(body: unknown): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...listPaths(body)), inJson)
    .map(([path, value]) => replaceAt(structuredClone(body), path, value))
}

function listPaths(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [[...path, 'new\0'], ...Object.entries(value).flatMap(([key, inner]) => listPaths(inner, [...path, key]))]
}

function replaceAt(value: unknown, path: string[], replacement: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return replacement
  const object = value as Record<string, unknown>
  object[key] = replaceAt(object[key], rest, replacement)
  return object
}
