import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { suggestSettings } from './suggest-settings.ts'

const suggest = (line: string, settings: object = {}) =>
  suggestSettings(['it starts', line, 'goodbye'], environmentSpec.parse({ engine: 'docker', ...settings }))

test.each([
  'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
  "Error: EROFS: read-only file system, open '/var/cache/nginx/client.lock'",
])('a read-only root names the folder: %s', (line) => {
  expect(suggest(line)).toMatch(/list \/var\/cache\/nginx under writablePaths, or set readOnlyRoot: false/)
  expect(suggest(line, { readOnlyRoot: false })).not.toContain('readOnlyRoot')
})

test.each(['chown: /var/lib/postgresql/data: Operation not permitted', 'setgroups: EPERM, not permitted'])(
  'a right that root has not got names capabilities: %s',
  (line) => {
    expect(suggest(line)).toMatch(/under capabilities \(CHOWN, .* user: 0 and allowRoot: true/)
    expect(suggest(line, { user: 0, allowRoot: true })).not.toContain('user')
  },
)

test.each([
  "PermissionError: [Errno 13] Permission denied: '/data/app.db'",
  "Error: EACCES: permission denied, mkdir '/data/app.db'",
])('a denied file names all that may mend it: %s', (line) => {
  const said = suggest(line, { user: 4000 })
  for (const word of ['set user', '/data under writablePaths', 'readOnlyRoot', 'capabilities'])
    expect(said).toContain(word)
})

test('lines that tell of no refusal suggest nothing', () => {
  expect(suggest('cannot start: no such table')).toBeUndefined()
  expect(suggest('read only the file system check')).toBeUndefined()
})
