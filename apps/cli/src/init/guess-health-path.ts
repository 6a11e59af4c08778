/** What a word of a command asks of its own container by plain HTTP. */
const ownAddress = /^http:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|0)(?::(\d{1,5}))?([/?].*)?$/

/** Asks for more than a GET without any more to it would. */
const saysMore = /^(-X|--request|-d|--data|-H|--header|-u|--user|-F|--form|--post|-T|--upload-file)/

/** The path by which a health check asks for the app's own port; undefined where it does something else. */
export function guessHealthPath(command: readonly string[] | string, port: number): string | undefined {
  const line = typeof command === 'string' ? command : command.join(' ')
  const words = line.split(/[\s"'`]+/)
  if (!words.some((word) => /^(.*\/)?(curl|wget)$/.test(word)) || words.some((word) => saysMore.test(word)))
    return undefined
  const [found, ...others] = words.filter((word) => word.includes('://')).map(readAddress)
  return others.length === 0 && found?.port === port ? found.path : undefined
}

/** What a shell would read more from than its letters is not taken. */
function readAddress(word: string): { port: number; path: string } | undefined {
  const [, port = '80', path = '/'] = ownAddress.exec(word) ?? []
  if (!ownAddress.test(word) || /[$\\|;&()<>]/.test(path)) return undefined
  return { port: Number(port), path: path.startsWith('/') ? path : `/${path}` }
}
