import { z } from 'zod'
import { durationMs } from '../values/duration-ms.ts'
import { refusal } from '../values/names.ts'

/**
 * The capabilities that a spec may give back to its processes, which begin with none: those that Docker gives by default, less `NET_RAW`
 * (forged packets) and `MKNOD` (device files).
 */
const capabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
] as const

const given: ReadonlySet<string> = new Set(capabilities)

/** One of these; any other is power that no app gets. */
export const capability = z
  .string()
  .max(50)
  .refine(
    (name) => given.has(name),
    refusal('policy-violation', `is none that apps are given: ${capabilities.join(', ')}`),
  )

const largestId = 2_147_483_647
export const accountId = z.int().min(0).max(largestId)

/**
 * What a revision took from its image, because its spec does not say it: read once, when the revision is recorded, so that all its
 * replicas and each return to it run alike. Revisions that were recorded before this was read have none.
 */
export const fromImage = z.strictObject({
  /** The name stands where the image's own /etc/passwd could not be asked for its number: that does not run. */
  user: z.union([accountId, z.string().max(200)]).optional(),
  /** Absent: what the image's own /etc/passwd says of the user. */
  group: accountId.optional(),
  health: z.strictObject({ command: z.array(z.string()), timeout: z.string().optional() }).optional(),
  /** The container's port, where the image EXPOSEs it and begins as it means to: then it is no worker. */
  port: z.int().optional(),
})

export type FromImage = z.output<typeof fromImage>

interface RunSettings {
  user?: number | undefined
  fromImage?: FromImage | undefined
}

/** Who runs what says nothing: root images too, unless they are allowed to be. */
const unsaidUser = 1_000

export interface Account {
  user: number
  /** Undefined: what the image's own /etc/passwd says of the user. */
  group: number | undefined
}

/** Who a revision runs as: what its spec says, else what its image says. */
export function chooseAccount({ user, fromImage: image }: RunSettings): Account {
  if (user !== undefined) return { user, group: user }
  if (typeof image?.user === 'number') return { user: image.user, group: image.group }
  return { user: unsaidUser, group: unsaidUser }
}

/** The name of the image's user, where it is what counts and no number is known for it. */
export function findUnknownUser({ user, fromImage: image }: RunSettings): string | undefined {
  return user === undefined && typeof image?.user === 'string' ? image.user : undefined
}

/** How a revision's health is asked for: as its spec says, else by its image's HEALTHCHECK. */
export function chooseHealth<H extends object>({ health, fromImage: image }: { health: H } & RunSettings): H {
  return { ...health, ...image?.health }
}

/** The least that an app gets to end by itself. */
const leastStopMs = 10_000

/** How long an app has between SIGTERM and SIGKILL: in milliseconds. */
export function stopMs({ stopTimeout, drain }: { stopTimeout?: string | undefined; drain: string }): number {
  return stopTimeout === undefined ? Math.max(leastStopMs, durationMs(drain)) : durationMs(stopTimeout)
}
