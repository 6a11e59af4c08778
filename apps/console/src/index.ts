export { type ConsoleFile, type ConsoleFiles, readConsole } from './served/console-files.ts'
