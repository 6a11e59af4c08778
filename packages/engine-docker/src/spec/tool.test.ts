import { expect, test } from 'vitest'
import { buildToolSpec, nameDatabase, nameUpdate, type ToolRun } from './tool.ts'

const run: ToolRun = {
  ...{ network: 'stevedore', name: 'stevedore-scan-of-1', jobId: '1', part: 'scan' },
  ...{ tool: 'ghcr.io/aquasecurity/trivy@sha256:ab', toolId: 'sha256:cd' },
  ...{ limits: { memoryBytes: 2 ** 30, cpus: 1.5, processes: 99 }, env: { HOME: '/scan/temp' }, args: ['image'] },
}
const made = (labels: Record<string, string>) => ({
  VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: 'local', Options: {} } },
})

test('a tool has no right, no network and no file system but its own folder and a database that it can read', () => {
  expect(buildToolSpec(run)).toEqual({
    name: 'stevedore-scan-of-1',
    Image: 'sha256:cd',
    Cmd: ['image'],
    Env: ['HOME=/scan/temp'],
    User: '65532:65532',
    Labels: { 'io.stevedore.network': 'stevedore', 'io.stevedore.role': 'scan', 'io.stevedore.job': '1' },
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 2 ** 30,
      MemorySwap: 2 ** 30,
      NanoCpus: 1_500_000_000,
      PidsLimit: 99,
      Ulimits: [{ Name: 'fsize', Soft: 2 ** 33, Hard: 2 ** 33 }],
      Mounts: [
        { Type: 'volume', Source: '', Target: '/scan', ReadOnly: false, ...made({}) },
        {
          ...{ Type: 'volume', Source: nameDatabase('stevedore', run.tool), Target: '/scan-database', ReadOnly: true },
          ...made({ 'io.stevedore.network': 'stevedore', 'io.stevedore.role': 'scan-database' }),
        },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  })
})

test('an update alone has a network, and may write the database', () => {
  const { HostConfig } = buildToolSpec({ ...run, part: 'update' })
  expect(HostConfig?.NetworkMode).toBe('bridge')
  expect(HostConfig?.Mounts?.map(({ ReadOnly }) => ReadOnly)).toEqual([false, false])
})

test('no two tools share a database or the turn to bring one, nor do two installations', () => {
  const names = ['a', 'b'].flatMap((tool) => ['one', 'two'].map((network) => nameDatabase(network, tool)))
  const turns = ['a', 'b'].flatMap((tool) => ['one', 'two'].map((network) => nameUpdate(network, tool)))
  expect(new Set([...names, ...turns]).size).toBe(8)
})
