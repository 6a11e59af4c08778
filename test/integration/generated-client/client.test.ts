import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { startTestApi } from '../../harness/test-api.ts'

const here = import.meta.dirname

test('a client that is generated of the document compiles, declares an app, enqueues a job and reads it', async () => {
  const api = await startTestApi()
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-client-'))
  onTestFinished(async () => {
    await api.close()
    await rm(dir, { recursive: true })
  })
  await layOut(dir)
  // The generator and the compiler are those of this folder: many projects have a TypeScript that is older than ours.
  const run = execa({ cwd: dir, preferLocal: true, localDir: here })
  await run('openapi-typescript', [
    `${api.address}/openapi.json`,
    '--default-non-nullable=false',
    '--output',
    'api.d.ts',
  ])
  await run('tsc', ['--project', dir])

  const { stdout } = await run(process.execPath, ['ship.ts', api.address, api.admin])
  const said = JSON.parse(stdout)
  expect(said).toMatchObject({
    strategy: 'rolling',
    etag: expect.stringMatching(/^"/),
    location: `/v1/jobs/${said.job.id}`,
    job: { state: 'queued', steps: 0 },
    refusal: '/problems/not-found',
    told: 'step 1 checkout',
  })
})

/** A project of somebody else's, with our packages. */
async function layOut(dir: string): Promise<void> {
  const compilerOptions = {
    ...{ target: 'es2022', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: false },
    ...{ types: ['node'], allowImportingTsExtensions: true, noUncheckedIndexedAccess: true },
  }
  await copyFile(join(here, 'ship.ts'), join(dir, 'ship.ts'))
  await writeFile(join(dir, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['ship.ts'] }))
  await symlink(join(here, '../../../node_modules'), join(dir, 'node_modules'))
}
