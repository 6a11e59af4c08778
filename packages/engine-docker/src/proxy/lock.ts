import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { holdLock } from '../client/lock.ts'
import type { ProxySettings } from './settings.ts'

/** One change of a host's proxy at a time. */
export async function lockProxy<T>(
  { docker, settings: { name, image } }: { docker: Docker; settings: ProxySettings },
  context: WorkContext,
  work: (inner: WorkContext) => Promise<T>,
): Promise<T> {
  const lock = { docker, what: `the proxy ${name}`, name: `${name}-lock`, image, role: 'proxy-lock' } as const
  return holdLock(lock, context, work)
}
