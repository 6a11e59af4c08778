import { metricCatalogue } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { readGuide, readRows } from './docs-tables.ts'

test('the documented metrics are those that are exported', () => {
  expect(readRows(readGuide('metrics.md'))).toEqual(
    Object.values(metricCatalogue).map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]),
  )
})
