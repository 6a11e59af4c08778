/** What a command of curl or wget asks of its own container by plain HTTP. */
const ownAddress =
  /\bhttp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|0)(?::(\d{1,5}))?([/?][^\s"'`|;&<>()\\$]*)?(?=$|[\s"'|;&)])/g

/** Asks for more than a GET without any more to it would. */
const saysMore = /\s(-X|--request|-d|--data\S*|-H|--header|-u|--user|-F|--form|--post-\S+|-T|--upload-file)(?=[\s=]|$)/

/** The path by which a health check asks for the app's own port; undefined where it does something else. */
export function guessHealthPath(command: readonly string[] | string, port: number): string | undefined {
  const line = typeof command === 'string' ? command : command.join(' ')
  if (line.length > 4_096 || !/\b(curl|wget)\b/.test(line) || saysMore.test(line)) return undefined
  const [found, ...others] = line.matchAll(ownAddress)
  if (!found || others.length > 0) return undefined
  const [, asked = '80', path = '/'] = found
  if (Number(asked) !== port) return undefined
  return path.startsWith('/') ? path : `/${path}`
}
