import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { environment, release, writeSpec } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { readJson, runCommand } from '../e2e/command.ts'

/** An example on its way by the command line, as its reader would take it. */
export interface PlayedExample {
  stage: Stage
  /** A command on the example's environment, which is to end well. @returns what it printed */
  must(verb: string, ...arguments_: string[]): Promise<string>
  read<T>(verb: string, ...arguments_: string[]): Promise<T>
  /** Declares it, with these settings in the place of its own. */
  apply(settings?: object): Promise<void>
  /** Builds and pushes a version. */
  ship(version: string): Promise<void>
  clear(): Promise<void>
}

/** Sets the stage for an example, which is declared next. @param settings of the server */
export async function playExample(example: string, settings: Record<string, string> = {}): Promise<PlayedExample> {
  const stage = await setStage(settings, example)
  return {
    stage,
    async apply(settings) {
      const spec = await writeSpec(stage, settings && { [environment]: settings })
      const applied = await runCommand(stage.settings, 'apply', '-f', spec)
      expect(applied.status, `apply: ${applied.stdout}${applied.stderr}`).toBe(0)
    },
    async must(verb, ...arguments_) {
      const { status, stdout, stderr } = await runCommand(stage.settings, verb, stage.app, environment, ...arguments_)
      expect(status, `${verb}: ${stdout}${stderr}`).toBe(0)
      return stdout
    },
    read: (verb, ...arguments_) => readJson(stage.settings, verb, stage.app, environment, ...arguments_),
    async ship(version) {
      await release(stage, version)
      const built = await runCommand(
        stage.settings,
        ...['build', stage.app, 'production', `--version=${version}`, '--push'],
      )
      expect(built.status, built.stdout + built.stderr).toBe(0)
    },
    clear: stage.clear,
  }
}

/** The settings of an example's environment, as its reader finds them. */
export async function readSettings(example: string): Promise<Record<string, unknown>> {
  const path = new URL(`../../examples/${example}/stevedore.yaml`, import.meta.url)
  return parse(await readFile(path, 'utf8')).environments[environment]
}

/** Asks what serves. @param body sent when given */
export async function askServed(address: string, path: string, body?: string): Promise<string> {
  const response = await fetch(address + path, body === undefined ? {} : { method: 'POST', body })
  expect(response.status, path).toBeLessThan(300)
  return (await response.text()).trim()
}
