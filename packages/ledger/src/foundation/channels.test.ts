import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { channels } from './channels.ts'

const drizzle = join(import.meta.dirname, '../../../../drizzle')
const migrations = globSync('*.sql', { cwd: drizzle }).map((file) => readFileSync(join(drizzle, file), 'utf8'))
const sql = migrations.join('\n')

/** Which channel a function of the database tells. */
const told = new Map(
  [...sql.matchAll(/CREATE FUNCTION (\w+)\(\)[^$]*\$\$([^$]*)\$\$/g)].flatMap(([, name = '', body = '']) => {
    const channel = /pg_notify\('(\w+)'/.exec(body)?.[1]
    return channel ? [[name, channel] as const] : []
  }),
)

test('the channels name every trigger that tells one, and no other', () => {
  const made = [...sql.matchAll(/CREATE TRIGGER (\w+) AFTER [^;]*? ON (\w+) [^;]*?EXECUTE FUNCTION (\w+)\(\)/g)]
  const triggers = made.flatMap(([, name, table, runs = '']) =>
    told.has(runs) ? [{ channel: told.get(runs), table, name, runs }] : [],
  )
  const named = Object.entries(channels).flatMap(([channel, rungBy]) =>
    rungBy.map((trigger) => ({ channel, ...trigger })),
  )
  expect(triggers).toEqual(named)
  expect(named).toHaveLength(3)
})
