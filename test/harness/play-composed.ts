import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { commandPath } from '../../scripts/demo/command.ts'
import { environment } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { type Ended, readJson, runCommand } from '../e2e/command.ts'

/** An example that has a compose file and no spec. */
export interface PlayedProject {
  stage: Stage
  /** Its files, as the reader has them. */
  folder: string
  /** Any command, which is to end well. @returns what it printed */
  run(...words: string[]): Promise<string>
  /** A command on its environment. */
  must(verb: string, ...words: string[]): Promise<string>
  read<T>(verb: string, ...words: string[]): Promise<T>
  clear(): Promise<void>
}

/** @param change what differs from machine to machine in a file of the example @param settings of the server */
export async function playProject(
  example: string,
  change: (text: string, stage: Stage) => string,
  settings: Record<string, string> = {},
): Promise<PlayedProject> {
  // The registry of the stage is on this machine.
  const stage = await setStage({ ALLOWED_HOSTS: '127.0.0.1', ...settings }, example)
  const folder = join(stage.dir, 'project')
  await cp(new URL(`../../examples/${example}`, import.meta.url), folder, { recursive: true })
  for (const name of ['Dockerfile', 'compose.yaml'])
    await writeFile(join(folder, name), change(await readFile(join(folder, name), 'utf8'), stage))
  const must = async (...words: string[]) => {
    const ended: Ended = await runCommand(stage.settings, ...words)
    expect(ended.status, `${words.join(' ')}: ${ended.stdout}${ended.stderr}`).toBe(0)
    return ended.stdout
  }
  return {
    stage,
    folder,
    run: must,
    must: (verb, ...words) => must(verb, stage.app, environment, ...words),
    read: (verb, ...words) => readJson(stage.settings, verb, stage.app, environment, ...words),
    clear: stage.clear,
  }
}

/** A command that is told a value on its standard input. */
export async function giveSecret({ settings }: Stage, input: string, ...words: string[]): Promise<void> {
  const options = { env: settings, input, reject: false } as const
  const { exitCode, stderr } = await execa(process.execPath, [commandPath, ...words], options)
  expect(exitCode, stderr).toBe(0)
}
