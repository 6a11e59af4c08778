export { type Config, ConfigError, readConfig } from './config.ts'
export { configVariables } from './environment.ts'
export { localFiles } from './local-files.ts'
