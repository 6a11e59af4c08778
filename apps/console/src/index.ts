export { type ConsoleFile, readConsole } from './served/console-files.ts'
