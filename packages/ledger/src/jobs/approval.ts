import { ProblemError } from '@stevedore/contract'
import { eq } from '../foundation/drizzle.ts'
import { tokens } from '../foundation/schema/access.ts'
import type { JobRow } from '../foundation/schema/jobs.ts'
import type { Transaction } from '../foundation/transact.ts'
import { imageOf } from './job.ts'

export interface Approval {
  /** Who approves. */
  person: string
  /** What they saw: undefined where they name nothing. */
  image?: string | null | undefined
  specVersion?: number | undefined
}

/** Throws ProblemError `self-approval` for who asked for the job, `approval-outdated` where something else was seen than it deploys. */
export async function judgeApproval(tx: Transaction, job: JobRow, approval: Approval): Promise<void> {
  const { person, image = imageOf(job), specVersion = job.specVersion } = approval
  if (image !== imageOf(job) || specVersion !== job.specVersion)
    throw new ProblemError(
      'approval-outdated',
      `the job deploys ${imageOf(job) ?? 'no image'} by version ${job.specVersion} of the spec: look at it, and approve that`,
    )
  if (!job.selfApproval && (await listPersons(tx, job.requestedBy)).includes(person.toLowerCase()))
    throw new ProblemError(
      'self-approval',
      `${person} asked for it, so that another person has to \`stevedore approve ${job.id}\`: one gets a token by ` +
        `\`stevedore token create NAME --role approver --person PERSON\`. Or a server-wide administrator lets whoever asks ` +
        `approve as well: \`selfApproval: true\` in ${job.environment} of the spec, for what is asked from then on`,
    )
}

/** A name of a token that was revoked may have been given again: whoever had it may have asked. */
async function listPersons(tx: Transaction, actor: string): Promise<string[]> {
  const name = nameActor(actor)
  if (name === actor) return [actor]
  const found = await tx.db.select({ person: tokens.person }).from(tokens).where(eq(tokens.name, name))
  return [name, ...found.map(({ person }) => person ?? name)].map((person) => person.toLowerCase())
}

/** `token:ada` is Ada's, unless the token says otherwise. */
export function nameActor(actor: string): string {
  return actor.replace(/^token:/, '')
}
