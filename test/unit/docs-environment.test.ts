import { configVariables } from '@stevedore/config'
import { expect, test } from 'vitest'
import { readGuide, readRows } from './docs-tables.ts'

test('the documented environment variables are those that are read, with their defaults', () => {
  expect(readRows(readGuide('environment.md'))).toEqual(
    configVariables.map((variable) => [`\`${variable.name}\``, variable.default ?? '', variable.description]),
  )
})
