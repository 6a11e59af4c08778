/** Shorter values cannot be told from ordinary text. */
const minLength = 4
/** A value of several lines is also met line by line; its shortest lines (`{`, `}`, `fi`) say nothing. */
const minLineLength = 6

/** Every text in which a secret value can show, longest first. */
export function listForms(secretValues: readonly string[]): string[] {
  const values = secretValues
    .filter((value) => value.length >= minLength)
    .flatMap((value) => [value, ...listLines(value)])
  const forms = values.flatMap((value) => [
    value,
    ...base64Forms(value),
    ...hexForms(value),
    ...urlForms(value),
    ...jsonForms(value),
  ])
  return [...new Set(forms)].filter((form) => form.length >= minLength).sort((a, b) => b.length - a.length)
}

function listLines(value: string): string[] {
  if (!/[\r\n]/.test(value)) return []
  return value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= minLineLength)
}

/**
 * What base64 of a text around the value holds of it, whichever of the three alignments it falls on, and the lines that
 * `base64` and `openssl` break a long one into.
 */
function base64Forms(value: string): string[] {
  const standard = [0, 1, 2].map((offset) => base64Core(value, offset))
  const wrapped = [64, 76].flatMap((columns) => breakLines(standard[0] ?? '', columns))
  const all = [...standard, ...wrapped]
  return [...all, ...all.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}

/** The characters that no neighbouring byte has a bit in. */
function base64Core(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
  const first = Math.ceil((offset * 8) / 6)
  return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6))
}

function hexForms(value: string): string[] {
  const hex = Buffer.from(value).toString('hex')
  return [hex, hex.toUpperCase()]
}

function breakLines(text: string, columns: number): string[] {
  if (text.length <= columns) return []
  const lines = text.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []
  return lines.filter((line) => line.length >= minLineLength)
}

function urlForms(value: string): string[] {
  const component = encodeURIComponent(value.toWellFormed())
  const strict = component.replace(/[!'()*~]/g, percentEncode)
  const everything = [component, strict, strict.replaceAll('%20', '+'), userinfo(value)]
  return everything.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

/** As it stands in an address: the URL standard leaves more characters as they are. */
function userinfo(value: string): string {
  const url = new URL('http://host')
  url.password = value
  return url.password
}

/** In JSON, in JSON inside JSON, with non-ASCII characters as `\uXXXX`, with `<`, `>` and `&` as Go writes them, with `\/`. */
function jsonForms(value: string): string[] {
  const plain = escapeJson(value)
  const ascii = escapeCharacters(plain, /[^\0-\x7f]/g)
  const forms = [plain, ascii, escapeCharacters(plain, /[<>&]/g), plain.replaceAll('/', '\\/')]
  return [...forms, ...forms.map(escapeJson)]
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function escapeCharacters(text: string, pattern: RegExp): string {
  return text.replace(pattern, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
