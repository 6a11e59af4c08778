import { problemTypeBase } from '@stevedore/contract'
import { type ApiRequest, readContents } from '@stevedore/testkit'
import { expect } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'

export type Sent = [method: string, path: string, request: ApiRequest, status: number, code: string]

/** Sends it, and sees it refused with nothing changed. */
export async function expectRefused(api: TestApi, ...[method, path, request, status, code]: Sent) {
  const before = await readContents(api.databaseUrl)
  const answer = await api.call(method, path, request)
  expect(answer).toMatchObject({ status, body: { status, type: `${problemTypeBase}${code}` } })
  expect(await readContents(api.databaseUrl)).toEqual(before)
  return answer
}
