import { randomBytes } from 'node:crypto'
import type { Answer, HarnessOptions } from '@stevedore/engine/conformance'
import { openPlace, type PlaceHarness, type PlaceOptions, type Stage } from './stage.ts'

/** A place, and another that links to it. */
export async function openLinked(
  stage: Stage,
  linked: NonNullable<HarnessOptions['linked']>,
  options: PlaceOptions = {},
): Promise<PlaceHarness> {
  const name = `a${randomBytes(4).toString('hex')}`
  const own = linked === 'by-both' ? { linkedBy: [name] } : {}
  const place = await openPlace(stage, { ...options, settings: { ...options.settings, ...own } })
  const other = await openPlace(stage, { app: name, settings: { links: [place.place.app] } })
  const release = other.makeRelease({ revision: 1, behaviour: 'healthy' })
  return { ...place, caller: { release, ask: () => askFrom(stage, name, place.place.app) } }
}

/** By a replica of one app from another, on a connection of its own. The wget of a busybox that is linked statically breaks off. */
export async function askFrom(stage: Stage, app: string, host: string, port = 80): Promise<Answer> {
  const filters = { label: [`io.stevedore.app=${app}`, 'io.stevedore.role=replica'] }
  const [found] = await stage.docker.listContainers({ filters })
  const script = `printf 'GET / HTTP/1.0\\r\\nHost: ${host}\\r\\n\\r\\n' | nc -w 5 ${host} ${port}`
  const exec = await stage.docker
    .getContainer(found?.Id ?? '')
    .exec({ Cmd: ['sh', '-c', script], AttachStdout: true, Tty: true })
  let said = ''
  for await (const chunk of await exec.start({ Tty: true })) said += chunk
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(said) ?? []
  if (status === undefined) throw new Error(`${app} has no answer of ${host}: ${said}`)
  const [, revision] = /x-revision: (\d+)/i.exec(said) ?? []
  return { status: Number(status), revision: revision === undefined ? undefined : Number(revision) }
}
