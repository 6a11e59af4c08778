import { z } from 'zod'

/** A refusal that has a problem type of its own rather than `validation-failed`. */
export function refusal(code: string, error: string) {
  return { error, params: { code } }
}

export const appName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,38}[a-z0-9]$|^[a-z]$/,
    'lower-case letters, digits and dashes, at most 40, from a letter to a letter or digit',
  )
export const environmentName = appName
export const kubernetesName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a DNS label of at most 63 characters')
export const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, 'a host name in lower case')

/** A stage of a Dockerfile. */
export const targetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'letters, digits, dot, dash and underscore, at most 63')

/** Leaves room for `-<target>` inside the 128 characters of a tag. */
export const version = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/, 'letters, digits, dot, dash and underscore, at most 63')
  .refine((text) => text !== 'latest', { error: '`latest` moves; name a version' })

export const registryHost = z
  .string()
  .max(255)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, 'a host in lower case, optionally with a port')
export const imageName = z
  .string()
  .max(200)
  .regex(/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/, 'a repository path in lower case')
export const imageDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits')

/** Where a revision's image is, with its port where one is given; undefined of one that has no registry. */
export function registryOfImage(image: string): string | undefined {
  return isImageId(image) ? undefined : image.slice(0, image.indexOf('/'))
}

/** Whether a revision's image is the engine's own id, `sha256:…`, since it has no registry, rather than `registry/name@sha256:…`. */
export function isImageId(image: string): boolean {
  return image.startsWith('sha256:')
}

/** `registry/name@sha256:…`: what a deploy may name, and what runs of every image that has a registry. */
export const pinnedImage = z
  .string()
  .max(600)
  .regex(
    /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$/,
    'REGISTRY/NAME@sha256:…',
  )

/** A path inside the checkout, with forward slashes. */
export const relativePath = z
  .string()
  .max(500)
  .refine(isRelativePath, refusal('invalid-path', 'a path inside the source'))

function isRelativePath(text: string): boolean {
  return (
    text.length > 0 &&
    /^[A-Za-z0-9._@+/ -]+$/.test(text) &&
    !text.startsWith('/') &&
    !text.startsWith('-') &&
    !text.split('/').includes('..')
  )
}

const environmentVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a name of letters, digits and underscores')

/** Of a plain setting, which frameworks also read with dots and dashes: `spring.datasource.url`. */
export const settingName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/, 'a name of letters, digits, underscores, dots and dashes')

/**
 * A value as its text. Numbers and booleans are taken for what they are written as; a number that JSON cannot hold would be another
 * one, and is refused.
 */
const written = z
  .union([z.string(), z.number().refine(isExact, 'a number of so many digits needs quotes'), z.boolean()], {
    error: 'a text, a number, true or false',
  })
  .transform(String)

function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

export const environmentValue = written.pipe(z.string().max(32_768))
export const secretName = environmentVariable

/** What people call a certificate. */
export const certificateName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, dashes and dots, at most 63')

/** Names that say "secret": their values belong in the secret store, never in an image's history. */
const secretLike = /SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|TOKEN$|(^|_)TOKEN_|(API|PRIVATE|ACCESS)_?KEY(_|$)/i

/** What these begin with, bundlers put into every page: an API key there is made to be seen. */
const bundled = /^(NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|REACT_APP|VUE_APP|GATSBY)_/i

export function looksSecret(name: string): boolean {
  const isShown = bundled.test(name) && !/PRIVATE/i.test(name)
  return secretLike.test(isShown ? name.replace(/API_?KEY(?=_|$)/gi, '') : name)
}

export const buildArgName = environmentVariable
  .refine((name) => !looksSecret(name), refusal('use-build-secret', 'looks like a secret: list it under build.secrets'))
  .refine((name) => !['BUILD_DATE', 'VERSION', 'VCS_REF'].includes(name.toUpperCase()), {
    error: 'is set by Stevedore',
  })
export const buildArgValue = written.pipe(
  z
    .string()
    .max(4_096)
    .regex(/^[^\r\n\0]*$/, 'one line'),
)
