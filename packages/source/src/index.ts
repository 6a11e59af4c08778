export { findInside } from './find-inside.ts'
export { type CheckedOut, checkOutGit, type GitCheckout } from './git/check-out.ts'
export type { SourceLimits } from './limits.ts'
export { openWorkspace, type Workspace } from './workspace.ts'
