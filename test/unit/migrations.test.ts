import { expect, test } from 'vitest'
import { readLastRecord } from '../harness/releases.ts'
import { findContractions, readStatementsSince, splitStatements } from './migrations.ts'

/**
 * What migrations since the last release take away all the same, as the beginning of their statement, and the release from which on no code
 * uses it: that one, or an earlier one. See docs/upgrading.md.
 */
const contractions: { statement: string; unusedFrom: string }[] = []

const { version, migration } = readLastRecord()

test('migrations since the last release leave all that its code works with', () => {
  const found = findContractions(readStatementsSince(migration))
  expect(found.filter((statement) => !contractions.some((listed) => statement.startsWith(listed.statement)))).toEqual(
    [],
  )
})

test('what is taken away is there, and a release has done without it', () => {
  const found = findContractions(readStatementsSince(migration))
  for (const { statement, unusedFrom } of contractions) {
    expect(
      found.some((taken) => taken.startsWith(statement)),
      statement,
    ).toBe(true)
    expect(unusedFrom.localeCompare(version, 'en', { numeric: true }), statement).toBeLessThanOrEqual(0)
  }
})

test.each([
  'DROP TABLE "jobs"',
  'ALTER TABLE "jobs" DROP COLUMN "line"',
  'ALTER TABLE "jobs" RENAME COLUMN "line" TO "place"',
  'ALTER TABLE "jobs" ALTER COLUMN "person" SET NOT NULL',
  'ALTER TABLE "jobs" ALTER COLUMN "line" SET DATA TYPE bigint',
  'ALTER TABLE "jobs" ADD COLUMN "more" text NOT NULL',
  'ALTER TABLE "jobs" ADD CONSTRAINT "jobs_app" FOREIGN KEY ("app") REFERENCES "public"."apps"("app")',
  'CREATE UNIQUE INDEX "jobs_by_app" ON "jobs" USING btree ("app")',
  'REVOKE INSERT ON "jobs" FROM "stevedore_service"',
])('%s would stop the code of before', (statement) => {
  expect(findContractions(splitStatements(statement))).toHaveLength(1)
})

test.each([
  'ALTER TABLE "jobs" ADD COLUMN "more" text; CREATE INDEX "jobs_by_more" ON "jobs" USING btree ("more")',
  'ALTER TABLE "jobs" ADD COLUMN "more" boolean DEFAULT false NOT NULL',
  'ALTER TABLE "jobs" ADD COLUMN "more" text; CREATE UNIQUE INDEX "by_more" ON "jobs" USING btree ("more","app")',
  'CREATE TABLE "berths" ("id" text NOT NULL);--> statement-breakpoint\nALTER TABLE "berths" ADD CONSTRAINT "b" FOREIGN KEY ("id") REFERENCES "apps"("app")',
  'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM jobs; DROP TABLE jobs; END $$; -- DROP TABLE jobs',
])('%s would not', (sql) => {
  expect(findContractions(splitStatements(sql))).toEqual([])
})
