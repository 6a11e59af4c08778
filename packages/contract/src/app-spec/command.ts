import { z } from 'zod'
import { duration } from '../values/duration.ts'

/** A command is always an argument array: no shell stands between the spec and the process. */
export const command = z.array(z.string().min(1).max(4_096)).min(1).max(64)

/** For how long a command of its own job may run. */
export const commandTimeout = duration('1s', '24h')
export const usualCommandTimeout = '1h'

/** What follows a command or an image's entrypoint. */
export const argumentList = z.array(z.string().max(4_096)).min(1).max(64)
