import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

function faultsOf(env: Record<string, string>): Record<string, string> {
  try {
    readConfig(env)
    return {}
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return Object.fromEntries(error.faults.map(({ variable, message }) => [variable, message]))
  }
}

test('an app has limits unless they are off', () => {
  expect(readConfig({}).appLimits).toEqual({ memory: '1Gi', processes: 512 })
  expect(readConfig({ APP_MEMORY: 'off', APP_PROCESSES: 'off' }).appLimits).toEqual({})
  expect(readConfig({ APP_MEMORY: '512Mi', APP_PROCESSES: '99' }).appLimits).toEqual({ memory: '512Mi', processes: 99 })
  for (const APP_MEMORY of ['1', '5Mi', 'none', '1 Gi', '-1Gi', 'OFF'])
    expect(faultsOf({ APP_MEMORY })).toEqual({
      APP_MEMORY: 'must be a memory quantity of 6Mi or more, such as 512Mi, or off',
    })
  expect(faultsOf({ APP_PROCESSES: '1' })).toHaveProperty('APP_PROCESSES')
})

test('a step of a build has limits, in the words of specs', () => {
  const given = { BUILD_MEMORY: '512Mi', BUILD_CPUS: '500m', BUILD_PROCESSES: '99' }
  expect(readConfig(given).builder.limits).toEqual({ memoryBytes: 2 ** 29, cpus: 0.5, processes: 99 })
  for (const BUILD_MEMORY of ['1', '31Mi', 'off', '4 Gi'])
    expect(faultsOf({ BUILD_MEMORY })).toEqual({
      BUILD_MEMORY: 'must be a memory quantity of 32Mi or more, such as 4Gi',
    })
  for (const BUILD_CPUS of ['0', '50m', 'two', '-1'])
    expect(faultsOf({ BUILD_CPUS })).toEqual({ BUILD_CPUS: 'must be 0.1 processors or more, such as 2 or 500m' })
  for (const BUILD_NETWORKS of ['fd00::/8', '10.0.0.0/33', 'example.com'])
    expect(faultsOf({ BUILD_NETWORKS })).toHaveProperty('BUILD_NETWORKS')
})
