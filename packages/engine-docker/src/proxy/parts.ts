import type Docker from 'dockerode'
import type { Shell } from '../client/shell.ts'
import type { ProxyAdmin } from './admin.ts'
import type { ProxySettings } from './settings.ts'

/** What the pieces of one proxy share. */
export interface ProxyParts {
  docker: Docker
  settings: ProxySettings
  container: Docker.Container
  /** In that container. */
  shell: Shell
  admin: ProxyAdmin
}
