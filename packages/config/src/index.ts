export { type Config, ConfigError, readConfig } from './config.ts'
export { type ConfigVariable, configVariables } from './environment.ts'
export { localFiles } from './local-files.ts'
export type { ConfigFault } from './read-environment.ts'
