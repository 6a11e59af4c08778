import { isIP } from 'node:net'
import { cpuCores, cpuQuantity, memoryBytes, memoryQuantity } from '@stevedore/contract'
import { z } from 'zod'

/** A whole number within bounds, in decimal digits. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error, abort: true })
}

/** The same, or `off`: undefined. */
export function orOff<T extends z.ZodType<unknown, string>>(item: T) {
  return z
    .string()
    .transform((text) => (text === 'off' ? undefined : text))
    .pipe(item.optional())
}

const memoryError = 'must be a memory quantity of 6Mi or more, such as 512Mi, or off'
export const memoryOrOff = orOff(
  z.string().refine((text) => memoryQuantity.safeParse(text).success, { error: memoryError }),
)

export const yesOrNo = z
  .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
  .transform((text) => text === 'true' || text === '1')

/** An address with one of the schemes, shown in the error instead of the value: that may hold a password. */
export function address(...schemes: string[]) {
  return z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `must be an address that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  })
}

/** Values between commas; blanks around them and empty ones are dropped. */
export function listOf<T extends z.ZodType<unknown, string>>(item: T, minCount = 0) {
  return z
    .string()
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(item).min(minCount, 'must not be empty'))
}

export const hostOrAddress = z
  .string()
  .toLowerCase()
  .refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text), {
    error: 'must be host names or IP addresses',
  })

export const proxyRange = z
  .string()
  .refine(isProxyRange, { error: 'must be IP addresses or networks such as 10.0.0.0/8' })

function isProxyRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && bits > 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
}

/** IPv4 addresses or networks. */
export const ipv4Network = proxyRange.refine((text) => isIP(text.split('/')[0] ?? '') === 4, {
  error: 'must be IPv4 addresses or networks such as 10.1.2.0/24',
})

/** `4Gi`, as in specs; gives bytes. Less than 32 MiB leaves no step the memory to begin. */
export const buildMemory = z
  .string()
  .refine((text) => memoryQuantity.safeParse(text).success && memoryBytes(text) >= 2 ** 25, {
    error: 'must be a memory quantity of 32Mi or more, such as 4Gi',
    abort: true,
  })
  .transform(memoryBytes)

/** `2`, `500m`, as in specs; gives their number. */
export const cpus = z
  .string()
  .refine((text) => cpuQuantity.safeParse(text).success && cpuCores(text) >= 0.1, {
    error: 'must be 0.1 processors or more, such as 2 or 500m',
    abort: true,
  })
  .transform(cpuCores)

/** The name of an image, with its registry's address or without one. */
export const imageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*(:\d{1,5}(?=\/))?(\/[a-z0-9][a-z0-9._-]*)*$/, 'must be names of images, without tags')

const grantKinds = [
  'account',
  'annotation',
  'claim',
  'label',
  'node',
  'node-port',
  'priority',
  'resource',
  'runtime',
  'secret',
]

/** Never all of a kind: a grant says whose. */
export const manifestGrant = z.string().refine(isManifestGrant, {
  error: `must be like secret:NAMESPACE/NAME, of: ${grantKinds.join(', ')}`,
})

function isManifestGrant(text: string): boolean {
  const [kind = '', ...rest] = text.split(':')
  return grantKinds.includes(kind) && /^[A-Za-z0-9][A-Za-z0-9._/=-]{0,317}\*?$/.test(rest.join(':'))
}

/** A service by its address, without a name or a password: it is shown where something is wrong. */
export const endpoint = z.string().max(2_048).refine(isPlainAddress, {
  error: 'must be an address that starts with https:// or http://, without a name or a query',
})

function isPlainAddress(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, username, password, search, hash } = new URL(given)
  return ['https:', 'http:'].includes(protocol) && username + password + search + hash === ''
}
