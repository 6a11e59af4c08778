import { readFileSync } from 'node:fs'

/** The release that this process is of: all parts of Stevedore have the same. */
export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
