import { FailureError } from '@stevedore/contract'
import { z } from 'zod'
import { notAllowed } from '../address/locate-host.ts'
import type { GitSession } from './session.ts'

/** Where contents of Git LFS are asked for, and what lets one ask there: for that server alone. */
export interface LfsServer {
  href: string
  header: Record<string, string>
}

const answer = z.object({ href: z.url(), header: z.record(z.string(), z.string()).default({}) })
const maxAnswerLength = 64 * 1_024

/** What a server's shell is given between quotes: nothing that could end them. */
const plainPath = /^(?!-)[\w.~/@%+:[\]-]+$/

/**
 * Signs in at the LFS server of a repository that is reached by ssh, as git-lfs does: the ssh server, asked with the source's own key, says
 * where it is and what to send there. Undefined where it knows no such question.
 * @throws FailureError `address-not-allowed` where what it says would travel in the clear
 */
export async function signInBySsh(session: GitSession, log: (line: string) => void): Promise<LfsServer | undefined> {
  const path = plainPath.exec(session.sshPath ?? '')?.[0]
  if (path === undefined) return undefined
  const said = await session.askSsh(`git-lfs-authenticate '${path}' download`).catch((error: unknown) => {
    if (!(error instanceof FailureError)) throw error
    log('the ssh server gives no sign-in for Git LFS: its contents are asked for by https, without one')
    return undefined
  })
  if (said === undefined) return undefined
  const server = answer.safeParse(parseJson(said.slice(0, maxAnswerLength)))
  if (!server.success)
    throw new FailureError('source-denied', {
      diagnosis: 'the ssh server does not answer git-lfs-authenticate as git-lfs has it',
    })
  if (!server.data.href.startsWith('https:')) throw notAllowed('a sign-in for Git LFS is not sent over plain http')
  return server.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
