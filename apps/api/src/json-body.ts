import { ProblemError, refuseFaults } from '@stevedore/contract'
import { refuseTrickery } from './parse-input.ts'

/** Deeper than any document that the API takes, shallow enough for every recursive reader. */
const maxDepth = 64
/** Members and elements together: what fits the size limit but would be slow to check. */
const maxBodyMembers = 50_000

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a JSON body strictly; `undefined` when it is empty. Throws ProblemErrors that quote nothing of it. */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  const value = parseJson(bytes)
  refuseTrickery(value)
  return value
}

/** The value alone: for messages of others, of which only known members are looked at. */
export function parseJson(bytes: Buffer, maxMembers = maxBodyMembers): unknown {
  refuseExcess(bytes, maxMembers)
  return parse(decode(bytes))
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    // A longer encoding than needed hides a character from whoever compares bytes.
    if (/[\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]/.test(bytes.toString('latin1')))
      throw refuseFaults([{ path: [], code: 'deceptive-text', message: 'holds overlong UTF-8' }])
    throw new ProblemError('malformed-json', 'The body is not valid UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProblemError('malformed-json', 'The body is not one complete JSON value.')
  }
}

const [quote, backslash, comma, openBrace, openBracket, closeBrace, closeBracket] = Buffer.from('"\\,{[}]')

/** Counts in the bytes themselves, before anything is built from them. */
function refuseExcess(bytes: Buffer, maxMembers: number): void {
  let depth = 0
  let members = 0
  let inString = false
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]
    if (inString) {
      if (byte === backslash) index++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === comma) members++
    else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) depth--
    if (depth > maxDepth) throw new ProblemError('malformed-json', `The body is nested deeper than ${maxDepth}.`)
    if (members > maxMembers) throw new ProblemError('malformed-json', `The body has more than ${maxMembers} members.`)
  }
}
