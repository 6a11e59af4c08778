import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationMs } from './duration-ms.ts'
import { gitRef, isOwnRef, isRefName } from './git-ref.ts'
import { gitUrl, isHostAllowed, normalizeHost, parseGitUrl } from './git-url.ts'
import { maskAddresses } from './mask-addresses.ts'
import { imageName, pinnedImage, relativePath, version } from './names.ts'
import { cpuCores, cpuQuantity, memoryBytes, memoryQuantity } from './quantity.ts'
import { nameRepository } from './repository.ts'
import { findDeceptiveText } from './text.ts'

/* What holds of the readers of text, whatever the text is. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...'a/.:@-_~^?*[]{}$% \n\0\\é0x'), maxLength: 60 }),
)

test('a schema says yes or no, and never throws', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const schema of [gitRef, gitUrl, imageName, pinnedImage, relativePath, version])
        expect(typeof schema.safeParse(text).success).toBe('boolean')
    }),
  )
})

test('a short ref that is taken is a branch that git allows, and no stranger’s', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      fc.pre(gitRef.safeParse(text).success && !text.startsWith('refs/'))
      expect(isRefName(`refs/heads/${text}`) && isOwnRef(text) && !text.startsWith('-')).toBe(true)
    }),
  )
})

test('a host that is read reads as itself again, and does not begin as an option', () => {
  const written = fc.oneof(
    anyText,
    fc.webUrl(),
    anyText.map((text) => `git@${text}:a/b`),
    anyText.map((text) => `ssh://${text}/a`),
  )
  fc.assert(
    fc.property(written, (text) => {
      const host = parseGitUrl(text)?.host
      fc.pre(host !== undefined)
      expect(normalizeHost(host)).toBe(host)
      expect(host.startsWith('-') || host.endsWith('.')).toBe(false)
    }),
  )
})

test('every notation of a private IPv4 address is private', () => {
  fc.assert(
    fc.property(fc.constantFrom(10, 127), fc.nat(255), fc.nat(255), fc.nat(255), (a, b, c, d) => {
      const number = ((a * 256 + b) * 256 + c) * 256 + d
      for (const host of [
        `${a}.${b}.${c}.${d}`,
        String(number),
        `0x${number.toString(16)}`,
        `0${number.toString(8)}`,
        `${a}.${b}.${c * 256 + d}`,
      ]) {
        expect(isHostAllowed(host, []), host).toBe(false)
        expect(isHostAllowed(parseGitUrl(`git@${host}:a/b`)?.host ?? host, []), host).toBe(false)
      }
    }),
  )
})

test('a duration is read as it is written, and anything else is a RangeError', () => {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (count, unit) => {
      expect(durationMs(`${count}${unit}`)).toBe(count * units[unit as keyof typeof units])
    }),
  )
  fc.assert(
    fc.property(anyText, (text) => {
      fc.pre(!/^\d{1,9}(ms|s|m|h|d)$/.test(text))
      expect(() => durationMs(text)).toThrow(RangeError)
    }),
  )
})

test('no credentials of an address are left, and masking twice is masking once', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.:'), minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(anyText, word, anyText, (before, secret, after) => {
      const masked = maskAddresses(`${before} https://user:${secret}@host/ ${after}`)
      expect(masked).toContain('https://***@host/')
      expect(maskAddresses(masked)).toBe(masked)
    }),
  )
})

test('what is called honest can be kept: no NUL and no half of a character', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      fc.pre(findDeceptiveText(value) === undefined)
      expect(JSON.stringify(value).replaceAll('\\\\', '')).not.toMatch(/\\u0000|\\ud[89a-f]/)
    }),
  )
})

test('a quantity is read as it is written, and what is taken is a number', () => {
  const units = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 }
  fc.assert(
    fc.property(fc.nat(999_999), fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])), (count, unit) => {
      expect(memoryBytes(`${count}${unit}`)).toBe(count * units[unit])
      expect(cpuCores(`${count}m`)).toBe(count / 1_000)
    }),
  )
  const near = fc.string({ unit: fc.constantFrom(...'0159.mMiGkTe+- '), maxLength: 12 })
  fc.assert(
    fc.property(fc.oneof(anyText, near), (text) => {
      if (memoryQuantity.safeParse(text).success) expect(memoryBytes(text)).toBeGreaterThanOrEqual(6 * 2 ** 20)
      else if (!/^\d/.test(text)) expect(() => memoryBytes(text)).toThrow(RangeError)
      if (cpuQuantity.safeParse(text).success) expect(Number.isFinite(cpuCores(text))).toBe(true)
    }),
  )
})

test('a repository has one name, which is its own, whatever tag or digest stands behind it', () => {
  const host = fc.constantFrom(
    '',
    'docker.io/',
    'index.docker.io/',
    'registry.example.com/',
    'localhost:5000/',
    'a.b:443/',
  )
  const path = fc.stringMatching(/^[a-z0-9]{1,9}(\/[a-z0-9]{1,9}){0,2}$/)
  const behind = fc.constantFrom('', ':1', `@sha256:${'a'.repeat(64)}`, `:1@sha256:${'a'.repeat(64)}`)
  fc.assert(
    fc.property(host, path, behind, (registry, image, rest) => {
      const named = nameRepository(`${registry}${image}${rest}`)
      expect(named).toBe(nameRepository(`${registry}${image}`))
      expect(nameRepository(named)).toBe(named)
    }),
  )
})
