import { randomBytes } from 'node:crypto'
import { type Config, configVariables, readConfig } from '@stevedore/config'
import { expect, test } from 'vitest'
import { readGuide, readRows, readSections } from './docs-tables.ts'

test('the documented environment variables are those that are read, with their defaults', () => {
  expect(readRows(readGuide('environment.md').split('\n## ')[0]!)).toEqual(
    configVariables.map((variable) => [`\`${variable.name}\``, variable.default ?? '', variable.description]),
  )
})

const presets: Record<string, (config: Config) => unknown> = {
  LOG_LEVEL: ({ logLevel }) => logLevel,
  RATE_LIMIT_PER_MINUTE: ({ rateLimitPerMinute }) => rateLimitPerMinute,
  ALLOW_FILE_SOURCES: ({ allowFileSources }) => allowFileSources,
  OUTAGE_SECONDS: ({ outageMs }) => outageMs / 1_000,
  STEVEDORE_PROXY_SILENCE_SECONDS: ({ proxyLimits }) => proxyLimits.silenceSeconds,
  STEVEDORE_PROXY_TUNNEL_SECONDS: ({ proxyLimits }) => proxyLimits.tunnelSeconds,
}

test('the documented presets are what each stage makes of the variables that nobody gave', () => {
  const rows = readRows(readSections(readGuide('environment.md'), 2).get('Presets') ?? '').filter(
    ([, , , last]) => last !== 'refused',
  )
  const key = { STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64') }
  const configs = ['development', 'staging', 'production'].map((stage) => readConfig({ ...key, STEVEDORE_ENV: stage }))
  expect(rows).toEqual(
    Object.entries(presets).map(([name, take]) => [`\`${name}\``, ...configs.map((config) => String(take(config)))]),
  )
  // All that a stage changes is in the table.
  const told = (config: Config) =>
    JSON.stringify(config, (name, value) =>
      /^(environment|logLevel|rateLimitPerMinute|allowFileSources|outageMs|silenceSeconds|tunnelSeconds)$/.test(name)
        ? undefined
        : value,
    )
  expect(new Set(configs.map(told)).size).toBe(1)
})
