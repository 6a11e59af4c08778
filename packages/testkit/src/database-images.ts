import { dirname } from 'node:path'
import { findPostgresPrograms } from '@stevedore/embedded-postgres'
import type Docker from 'dockerode'
import { addTree } from './add-tree.ts'
import { importImage, packBaseEntries } from './base-image.ts'
import { findProgram } from './component.ts'
import { pushFixtureImage } from './fixture-image.ts'
import { addLibraries, addPrograms } from './program-image.ts'
import { redisComponent } from './redis.ts'

const entrypoint = 'usr/local/bin/docker-entrypoint.sh'
const path = 'ENV PATH=/usr/local/pgsql/bin:/usr/local/bin:/usr/bin:/bin'

/** Stands in for the official image of PostgreSQL, which it is like in what k8s/components/postgres asks of it, and pushes it. @returns its digest, `sha256:…` */
export async function publishPostgres(docker: Docker, reference: string): Promise<string> {
  const { postgres } = await findPostgresPrograms()
  const tar = packBaseEntries()
  const folder = dirname(dirname(postgres))
  addTree(tar, { from: folder, to: 'usr/local/pgsql' })
  addLibraries(tar, [postgres], folder)
  tar.entry({ name: entrypoint, mode: 0o755 }, startPostgres)
  tar.entry({ name: 'usr/local/bin/pg_isready', mode: 0o755 }, '#!/bin/sh\nexec nc -w 2 127.0.0.1 5432 </dev/null\n')
  tar.finalize()
  await importImage(docker, reference, tar, [path, 'ENTRYPOINT ["docker-entrypoint.sh"]'])
  return pushFixtureImage(docker, reference)
}

const startPostgres = `#!/bin/sh
set -e
export PGDATA=/var/lib/postgresql/18/docker
if [ ! -s "$PGDATA/made" ]; then
  rm -rf "$PGDATA" && mkdir -p -m 700 "$PGDATA"
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  echo "create database $POSTGRES_DB" | postgres --single postgres
  echo yes >"$PGDATA/made"
fi
exec postgres -c listen_addresses='*'
`

/** The same for Redis and k8s/components/redis. @returns its digest, `sha256:…` */
export async function publishRedis(docker: Docker, reference: string): Promise<string> {
  const [server, client] = [findProgram('redis-server'), findProgram('redis-cli')]
  if (!server || !client) throw new Error(`no Redis here; bring it with: ${redisComponent.bring}`)
  const tar = packBaseEntries()
  addPrograms(tar, { '/usr/bin/redis-server': server, '/usr/bin/redis-cli': client })
  tar.entry({ name: entrypoint, mode: 0o755 }, '#!/bin/sh\nexec "$@"\n')
  tar.finalize()
  await importImage(docker, reference, tar, [path, 'ENTRYPOINT ["docker-entrypoint.sh"]'])
  return pushFixtureImage(docker, reference)
}
