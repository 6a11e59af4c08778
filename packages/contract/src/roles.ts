/** What a token may do. `admin` may do all; the others are not ordered: an approver need not be able to deploy. */
export const roles = ['viewer', 'deployer', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

/** What a route asks of the caller. */
export const rights = ['read', 'deploy', 'run', 'exec', 'approve', 'administer'] as const
export type Right = (typeof rights)[number]

const granted: Record<Role, readonly Right[]> = {
  viewer: ['read'],
  deployer: ['read', 'deploy', 'run', 'exec'],
  approver: ['read', 'approve'],
  admin: ['read', 'deploy', 'run', 'exec', 'approve', 'administer'],
}

/** All that a role may do. */
export function listRights(role: Role): Right[] {
  return [...granted[role]]
}

export function grants(role: Role, right: Right): boolean {
  return granted[role].includes(right)
}
