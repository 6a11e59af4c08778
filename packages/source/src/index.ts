export { type FetchedFile, fetchFile } from './address/fetch-file.ts'
export { guardedFetch, readDocument } from './address/guarded-fetch.ts'
export { locateHost } from './address/locate-host.ts'
export { checkArchive } from './archive/check-archive.ts'
export { unpackArchive } from './archive/unpack.ts'
export { checkOutGit, type GitCheckout } from './git/check-out.ts'
export { maxSourceFiles } from './limits.ts'
export type { Manifest } from './registry/manifest.ts'
export { parseReference, type Reference, splitReference } from './registry/reference.ts'
export {
  createRegistryClient,
  type InsecureCheck,
  type ListAllowedHosts,
  type RegistryClient,
} from './registry/registry.ts'
export { openWorkspace, type Workspace } from './workspace.ts'
