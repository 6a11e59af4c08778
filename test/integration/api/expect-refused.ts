import { hostname } from 'node:os'
import { problemTypeBase } from '@stevedore/contract'
import { type ApiAnswer, type ApiRequest, readContents } from '@stevedore/testkit'
import { expect } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'

export type Sent = [method: string, path: string, request: ApiRequest, status: number, code: string]

/** Sends it, and sees it refused with nothing changed. */
export async function expectRefused(api: TestApi, ...sent: Sent): Promise<ApiAnswer> {
  const [answer] = await expectAllRefused(api, [sent])
  return answer as ApiAnswer
}

/**
 * Sends them one after the other, and sees each refused as it should be, in words that tell nothing of the inside, and that all of them
 * together changed nothing in any table: no row, no entry of the audit trail, no message for the queue.
 */
export async function expectAllRefused(api: TestApi, sent: readonly Sent[]): Promise<ApiAnswer[]> {
  expect(sent.length).toBeGreaterThan(0)
  const before = await readContents(api.databaseUrl)
  const answers: ApiAnswer[] = []
  for (const [method, path, request, status, code] of sent) {
    const answer = await api.call(method, path, request)
    const what = `${method} ${path.slice(0, 200)} ${String(JSON.stringify(request.body)).slice(0, 200)}`
    expect(answer, what).toMatchObject({ status, body: { status, type: `${problemTypeBase}${code}` } })
    expect(answer.headers.get('content-type'), what).toMatch(/^application\/problem\+json(;|$)/)
    expectTellsNothing(api, answer, what)
    answers.push(answer)
  }
  expect(await readContents(api.databaseUrl)).toEqual(before)
  return answers
}

/** No stack, no SQL, no path and no host of where it runs. */
export function expectTellsNothing(api: TestApi, { text }: ApiAnswer, what = ''): void {
  const { host, pathname } = new URL(api.databaseUrl)
  for (const inside of [process.cwd(), host, pathname.slice(1), hostname()]) expect(text, what).not.toContain(inside)
  expect(text, what).not.toMatch(/\bat .+:\d+:\d+|node_modules|\.ts\b|ECONN|\brelation "|\bsyntax error at\b/)
  expect(text, what).not.toMatch(/\b(SELECT|INSERT INTO|UPDATE|DELETE FROM) "?[a-z]/)
}
