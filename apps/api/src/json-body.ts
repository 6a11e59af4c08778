import { ProblemError, refuseFaults } from '@stevedore/contract'
import { scanJson } from './json-scan.ts'
import { refuseTrickery } from './parse-input.ts'

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
  const text = decode(bytes)
  scanJson(text, maxMembers)
  return parse(text)
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
