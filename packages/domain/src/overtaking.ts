import { nameRef, type RepositoryEvent } from '@stevedore/contract'
import type { LineMember } from './line.ts'

/** A deploy that a webhook's delivery led to, with the place of that delivery among all. */
export interface DeliveredDeploy {
  id: string
  delivery: number
}

/** The deploy of a later push that leaves one of an earlier push nothing to do. */
export interface Overtaker {
  id: string
  /** It has been deployed, or waits in the line. */
  how: 'deployed' | 'ahead'
}

/**
 * Whether a new deploy comes too late: pushes are deployed in the order in which they arrived, however long each takes to build. A later
 * one that is deployed ends it; one that waits does so where the environment keeps the latest alone. One that runs may fail yet: behind
 * it the earlier one waits for how it ends. What a person asks for is neither overtaken nor overtakes.
 * @param deployed the latest push that was deployed here
 */
export function findOvertaker(
  line: readonly LineMember[],
  job: Pick<LineMember, 'kind' | 'delivery'> & { queue: 'latest' | 'all' },
  deployed: DeliveredDeploy | undefined,
): Overtaker | undefined {
  const { kind, delivery, queue } = job
  if (kind !== 'deploy' || delivery === null) return undefined
  if (deployed && deployed.delivery > delivery) return { id: deployed.id, how: 'deployed' }
  const ahead = queue === 'latest' ? line.find((member) => !member.active && isLater(member, delivery)) : undefined
  return ahead && { id: ahead.id, how: 'ahead' }
}

function isLater({ kind, delivery }: LineMember, than: number): boolean {
  return kind === 'deploy' && delivery !== null && delivery > than
}

/** Those in line that the deploy of a later push has left nothing to do. */
export function findOvertaken(line: readonly LineMember[], deployed: Pick<LineMember, 'kind' | 'delivery'>): string[] {
  const { kind, delivery } = deployed
  if (kind !== 'deploy' || delivery === null) return []
  return line
    .filter((member) => member.kind === 'deploy' && member.delivery !== null && member.delivery < delivery)
    .map(({ id }) => id)
}

/** Why a deploy was superseded: `a later push, refs/heads/main at 0a1b2c3d4e5f, is deployed already by job …`. */
export function explainOvertaking({ id, how }: Overtaker, push: RepositoryEvent | undefined): string {
  const name = push ? `a later push, ${describePush(push)},` : 'a later push'
  return how === 'deployed'
    ? `${name} is deployed already by job ${id}; a person can still deploy this version`
    : `${name} waits already as job ${id}`
}

function describePush(event: RepositoryEvent): string {
  const ref = nameRef(event) ?? 'a pull request'
  return event.commit ? `${ref} at ${event.commit.slice(0, 12)}` : ref
}
