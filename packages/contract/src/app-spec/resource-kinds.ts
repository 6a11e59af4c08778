/** What an app may have to itself, or share with those to which an administrator gave it. */
export const resourceKinds = ['repository', 'namespace', 'deployment', 'host'] as const
export type ResourceKind = (typeof resourceKinds)[number]

/** `read`: to build from the images of a repository. */
export const grantAccesses = ['own', 'read'] as const
export type GrantAccess = (typeof grantAccesses)[number]

/** How an app came by it: by its spec, by an administrator, or as it was found when grants came to be. */
export const grantCauses = ['declared', 'given', 'found'] as const
export type GrantCause = (typeof grantCauses)[number]

/** In place of an app: every one. */
export const everyApp = '*'
