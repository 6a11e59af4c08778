import { parseGitUrl } from '@stevedore/contract'
import type { Instruction } from '@stevedore/formats'
import { refuse } from './fetches.ts'

/** A repository that an ADD names, as builders write it: `URL#REF:FOLDER`. */
export interface GitContext {
  url: string
  /** A branch, a tag or a full commit; undefined for what the repository's HEAD points at. */
  ref: string | undefined
  /** The folder of the repository that is added; `.` for all of it. */
  folder: string
  /** The beginning of the commit's hash that it must be. */
  checksum: string | undefined
}

/** An address that a builder hands to git. */
export function isGitContext(source: string): boolean {
  if (!URL.canParse(source)) return true
  const { protocol, pathname } = new URL(source)
  return !/^https?:$/.test(protocol) || pathname.endsWith('.git')
}

/** @throws FailureError `address-not-allowed` for what is not fetched here, with what to write instead */
export function readGitContext(instruction: Instruction, source: string): GitContext {
  const [url = '', fragment = ''] = source.split(/#(.*)/s)
  const [ref = '', folder = ''] = fragment.split(/:(.*)/s)
  if (url.includes('?')) throw refuse(instruction, 'what is meant of a repository stands after #: URL#REF:FOLDER')
  if (!parseGitUrl(url)) throw refuse(instruction, 'a repository is taken by https://, ssh:// or git@host:path')
  if (namesUser(url)) throw refuse(instruction, 'no credential stands in an address: make the repository a submodule')
  if (ref !== '' && !/^[\w./@+-]+$/.test(ref)) throw refuse(instruction, 'a ref has no such signs: write it out')
  if (keepsGit(instruction)) throw refuse(instruction, '--keep-git-dir is not done: clone it in a RUN')
  return { url, ref: ref || undefined, folder: folder || '.', checksum: readChecksum(instruction) }
}

/** A user of ssh is part of the address; of https it is a credential. */
function namesUser(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return password !== '' || (username !== '' && protocol !== 'ssh:')
}

/** The flag alone says yes. Builders take the last. */
function keepsGit({ flags }: Instruction): boolean {
  const said = flags.map((flag) => /^--keep-git-dir(?:=(.*))?$/i.exec(flag)).filter((found) => found !== null)
  const last = said.at(-1)
  return last !== undefined && !/^(false|0|f)$/i.test(last[1] ?? 'true')
}

function readChecksum(instruction: Instruction): string | undefined {
  const checksum = instruction.flags.map((flag) => /^--checksum=(.*)/.exec(flag)?.[1]).find(Boolean)
  if (checksum !== undefined && !/^[0-9a-f]{7,64}$/.test(checksum))
    throw refuse(instruction, 'the checksum of a repository is the hash of its commit, 7 digits of it at least')
  return checksum
}
