import { expect, test } from 'vitest'
import { describeStatement } from './describe-statement.ts'

test.each([
  ['select "id" from "jobs" where "jobs"."id" = $1', 'select jobs'],
  ['insert into "audit" ("seq") values ($1) returning *', 'insert audit'],
  ['\n  update environments set warm = $1', 'update environments'],
  ['delete from "outbox" where ctid = any(array(select o.ctid from outbox o join jobs j on true))', 'delete outbox'],
  ['with due as (select id from jobs) select * from due', 'with jobs'],
  ['BEGIN', 'begin'],
  ['select 1', 'select'],
])('%s is %s', (text, name) => {
  expect(describeStatement(text)).toBe(name)
})

test('what is no verb or no table of the ledger’s makes no name of its own', () => {
  expect(describeStatement('select * from people_of_others')).toBe('select')
  expect(describeStatement('vacuum jobs')).toBe('other')
  expect(describeStatement('')).toBe('other')
})
