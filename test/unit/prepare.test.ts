import { expect, test, vi } from 'vitest'
import type { Piece } from '../../scripts/prepare/piece.ts'
import { prepare } from '../../scripts/prepare/prepare.ts'

/** A machine with some pieces on it; packages install when it allows that. */
function createMachine({ root, has = [] }: { root: boolean; has?: string[] }) {
  const there = new Set(has)
  const calls: string[] = []
  const piece = (name: string): Piece => ({
    name,
    why: `${name} is needed`,
    packages: [`${name}-package`],
    isThere: async () => there.has(name),
    start: async () => void calls.push(`start ${name}`),
  })
  const distribution = {
    canInstall: async () => root,
    install: async (packages: readonly string[]) => {
      calls.push(`install ${packages.join(' ')}`)
      for (const name of packages) there.add(name.replace('-package', ''))
    },
  }
  return { piece, distribution, calls }
}

const said = vi.spyOn(console, 'log').mockImplementation(() => {})
const readSaid = () => said.mock.calls.splice(0).flat().join('\n')

test('what is there is left alone, and nothing is said', async () => {
  const { piece, distribution, calls } = createMachine({ root: true, has: ['docker'] })
  expect(await prepare([piece('docker')], distribution)).toEqual([])
  expect(calls).toEqual([])
  expect(readSaid()).toBe('')
})

test('what is missing is installed at once and then started, with the reason', async () => {
  const { piece, distribution, calls } = createMachine({ root: true, has: ['git'] })
  expect(await prepare(['git', 'docker', 'registry'].map(piece), distribution)).toEqual([])
  expect(calls).toEqual(['install docker-package registry-package', 'start docker', 'start registry'])
  expect(readSaid()).toContain('docker is needed')
})

test('where packages cannot be installed it says which to install, and what is still missing', async () => {
  const { piece, distribution, calls } = createMachine({ root: false })
  const missing = await prepare([piece('docker')], distribution)
  expect(missing.map(({ name }) => name)).toEqual(['docker'])
  expect(calls).toEqual([])
  expect(readSaid()).toContain('apt-get install docker-package')
})
