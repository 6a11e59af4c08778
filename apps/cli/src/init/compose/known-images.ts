import { nameRepository } from '@stevedore/contract'

/** What everybody knows of an image, and no compose file says. */
export interface KnownImage {
  /** Where it takes connections. */
  port: number
  /** Who it gives its rights up for, since it begins as root; of the same made of Alpine. */
  user?: number
  alpineUser?: number
  /** Where its data is, or above it. */
  data?: string
}

const postgres = { port: 5432, user: 999, alpineUser: 70, data: '/var/lib/postgresql' }
const mysql = { port: 3306, user: 999, data: '/var/lib/mysql' }
const redis = { port: 6379, user: 999, data: '/data' }

/** By the repository: somebody’s own image of the same name may be anything. */
const known: Record<string, KnownImage> = {
  'docker.io/library/postgres': postgres,
  'docker.io/postgis/postgis': postgres,
  'docker.io/pgvector/pgvector': postgres,
  'docker.io/library/mysql': mysql,
  'docker.io/library/mariadb': mysql,
  'docker.io/library/redis': redis,
  'docker.io/valkey/valkey': redis,
  'docker.io/library/mongo': { port: 27017, user: 999, data: '/data/db' },
  'docker.io/library/rabbitmq': { port: 5672, user: 999, alpineUser: 100, data: '/var/lib/rabbitmq' },
  'docker.io/library/memcached': { port: 11211 },
}

export function findKnownImage(image: string): KnownImage | undefined {
  const found = known[nameRepository(image)]
  const [, tag = ''] = (image.split('@')[0]?.split('/').at(-1) ?? '').split(':')
  return found && tag.includes('alpine') ? { ...found, user: found.alpineUser ?? found.user } : found
}
