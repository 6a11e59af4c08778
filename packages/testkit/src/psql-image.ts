import { globSync } from 'node:fs'
import type Docker from 'dockerode'
import { importImage, packBaseEntries } from './base-image.ts'
import { type Component, findProgram } from './component.ts'
import { addPrograms } from './program-image.ts'

/** The client itself where Debian puts it: its `/usr/bin/psql` is a script that looks for one. */
const psql = globSync('/usr/lib/postgresql/*/bin/psql').toSorted().at(-1) ?? findProgram('psql')

export const psqlComponent: Component = {
  name: 'psql',
  found: psql !== undefined,
  bring: 'apt-get install postgresql-client',
}

/** Makes the base of examples/desk, `stevedore/busybox-psql:local`, of this machine's programs. */
export async function makePsqlImage(docker: Docker, reference: string): Promise<void> {
  if (!psql) throw new Error(`no psql here; bring it with: ${psqlComponent.bring}`)
  const tar = packBaseEntries()
  addPrograms(tar, { '/usr/bin/psql': psql })
  tar.finalize()
  await importImage(docker, reference, tar, ['CMD ["/bin/sh"]'])
}
