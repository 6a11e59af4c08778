import { createProgram } from '@stevedore/cli'
import { createServerCommands } from '@stevedore/server'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { exitStatus } from '../../apps/cli/src/exit.ts'
import { exitStatus as serverExitStatus } from '../../apps/server/src/command-error.ts'
import { readGuide, readRows, readSections } from './docs-tables.ts'

/** Every command that runs something, with its words: `secret set`. */
function listCommands(command: Command, words: string[] = []): [string, Command][] {
  const own = words.length > 0 && isRun(command) ? [[words.join(' '), command] as [string, Command]] : []
  return [...own, ...command.commands.flatMap((inner) => listCommands(inner, [...words, inner.name()]))]
}

/** `secret` only groups; `audit` groups and runs. */
function isRun(command: Command): boolean {
  return command.commands.length === 0 || command.options.length > 0
}

const sections = readSections(readGuide('cli.md'), 3)
const commands = new Map(listCommands(createProgram(createServerCommands())))

test('every command is documented, and nothing else', () => {
  expect(
    [...sections.keys()].map((heading) => heading.replace(/^stevedore ((?:[a-z]+ ?)+).*$/, '$1').trim()).sort(),
  ).toEqual([...commands.keys()].sort())
})

test.each([...commands])('stevedore %s: arguments, options and what they say', (name, command) => {
  const usage = command
    .usage()
    .replace('[options] ', '')
    .replace(/^\[options\]$/, '')
  const section = sections.get(`stevedore ${name}${usage ? ` ${usage}` : ''}`)
  expect(section, 'the heading gives the usage').toBeDefined()
  expect(section?.replaceAll(/\s+/g, ' ').toLowerCase()).toContain(command.description().toLowerCase())
  const shared = ['--url <url>', '--json', '--detach', '--cancel-on-interrupt']
  const own = command.options.filter(({ flags }) => !shared.includes(flags))
  expect(Object.fromEntries(readRows(section ?? ''))).toEqual(
    Object.fromEntries(
      own.map(({ flags, description, argChoices }) => [`\`${flags}\``, describe(description, argChoices)]),
    ),
  )
})

function describe(description: string, choices: string[] | undefined): string {
  return [description, choices ? choices.join(', ') : ''].filter(Boolean).join(': ')
}

test('the options that commands share are documented once', () => {
  const shared = readRows(readSections(readGuide('cli.md'), 2).get('Options that commands share') ?? '')
  const deploy = commands.get('deploy')
  const found = shared.map(([flags = '', says]) => [flags.replaceAll('`', ''), says])
  const expected = deploy?.options.filter((option) => found.some(([flags]) => flags === option.flags))
  expect(found).toEqual(expected?.map(({ flags, description }) => [flags, description]))
})

test('commands end with the statuses that are documented, whoever brings them', () => {
  const rows = [...readGuide('cli.md').matchAll(/^\| (\d+) \| /gm)].map(([, status]) => Number(status))
  expect(Object.values(exitStatus)).toEqual(rows)
  expect(exitStatus).toMatchObject(serverExitStatus)
})

test('the help begins with the commands that run Stevedore', () => {
  const help = createProgram(createServerCommands()).helpInformation()
  expect(help).toMatch(/\n\nRun Stevedore:\n {2}up .*\n[\s\S]*\n {2}migrate [\s\S]*\n\nShip an app:\n/)
})
