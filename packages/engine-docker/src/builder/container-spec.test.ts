import { expect, test } from 'vitest'
import { buildBuilderSpec, hashSettings } from './container-spec.ts'
import type { BuilderSettings } from './settings.ts'

const gibibyte = 2 ** 30
const settings: BuilderSettings = {
  mode: 'contained',
  name: 'builder',
  image: 'docker:dind',
  limits: { memoryBytes: 4 * gibibyte, cpus: 2, processes: 4_096 },
  networks: [],
}
const large = { memoryBytes: 64 * gibibyte, cpus: 16 }

function readEnv(given: BuilderSettings, machine = large, addresses: string[] = []): Record<string, string> {
  const { Env } = buildBuilderSpec(given, machine, addresses)
  return Object.fromEntries((Env ?? []).map((pair) => pair.split('=', 2) as [string, string]))
}

test('a step has the limits of the settings, all together twice them', () => {
  expect(readEnv(settings)).toMatchObject({
    STEP_MEMORY: String(4 * gibibyte),
    STEP_PROCESSES: '4096',
    STEP_QUOTA: '200000',
  })
  const { HostConfig } = buildBuilderSpec(settings, large, [])
  expect(HostConfig).toMatchObject({ Memory: 8.5 * gibibyte, NanoCpus: 4e9, PidsLimit: 9_216 })
})

test('neither goes beyond what the machine has to spare', () => {
  const machine = { memoryBytes: 4 * gibibyte, cpus: 1 }
  expect(buildBuilderSpec(settings, machine, []).HostConfig).toMatchObject({ Memory: 3 * gibibyte, NanoCpus: 1e9 })
  expect(readEnv(settings, machine)).toMatchObject({
    STEP_MEMORY: String(2.5 * gibibyte),
    STEPS_MEMORY: String(2.5 * gibibyte),
  })
})

test('an open network opens an address of the machine only where it is that very one', () => {
  const addresses = ['10.0.0.5', '10.0.0.6', '203.0.113.7']
  const networks = ['10.0.0.0/8', '10.0.0.6/32']
  expect(readEnv({ ...settings, networks }, large, addresses)).toMatchObject({
    HOST_ADDRESSES: '10.0.0.5 203.0.113.7',
    OPEN_NETWORKS: '10.0.0.0/8 10.0.0.6/32',
  })
})

test('it is not privileged, has nothing of the machine but its volume, and shares no namespace', () => {
  const { HostConfig = {} } = buildBuilderSpec(settings, large, [])
  expect(HostConfig.CapAdd).toEqual(['SYS_ADMIN', 'NET_ADMIN'])
  expect(HostConfig.Mounts).toEqual([{ Type: 'volume', Source: 'builder', Target: '/var/lib/docker' }])
  for (const key of ['Privileged', 'Binds', 'Devices', 'NetworkMode', 'PidMode', 'IpcMode', 'UsernsMode'])
    expect(HostConfig).not.toHaveProperty(key)
})

test('other settings make another builder, its mode and name do not', () => {
  const hash = hashSettings(settings, large)
  expect(hashSettings({ ...settings, mode: 'auto', name: 'other' }, large)).toBe(hash)
  for (const other of [
    { image: 'docker:29-dind' },
    { networks: ['10.0.0.0/8'] },
    { limits: { ...settings.limits, cpus: 1 } },
  ])
    expect(hashSettings({ ...settings, ...other }, large)).not.toBe(hash)
})
