export { createServerCommands } from './commands.ts'
