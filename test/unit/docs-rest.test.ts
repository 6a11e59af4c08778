import { expect, test } from 'vitest'
import { routeTable } from '../../apps/api/src/route-table.ts'
import { readGuide, readRows } from './docs-tables.ts'

test('the documented operations are those that are served', () => {
  expect(readRows(readGuide('rest.md'))).toEqual(
    routeTable.map(({ method, url, access, summary }) => [
      `\`${method} ${url}\``,
      typeof access === 'string' ? access : access.right,
      summary,
    ]),
  )
})
