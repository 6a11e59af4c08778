import { expect } from 'vitest'
import { environment, release, writeSpec } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { readJson, runCommand } from '../e2e/command.ts'

/** An example on its way by the command line, as its reader would take it. */
export interface PlayedExample {
  stage: Stage
  /** A command on the example's environment, which is to end well. @returns what it printed */
  must(verb: string, ...arguments_: string[]): Promise<string>
  read<T>(verb: string, ...arguments_: string[]): Promise<T>
  /** Builds and pushes a version. */
  ship(version: string): Promise<void>
  clear(): Promise<void>
}

interface Played {
  /** Of the server. */
  settings?: Record<string, string>
  /** In the place of the example's own. */
  describe?(stage: Stage): object
}

/** Sets the stage for an example and declares it. */
export async function playExample(example: string, { settings = {}, ...more }: Played = {}): Promise<PlayedExample> {
  const stage = await setStage(settings, example)
  const play: PlayedExample = {
    stage,
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
  const spec = await writeSpec(stage, more.describe && { [environment]: more.describe(stage) })
  const applied = await runCommand(stage.settings, 'apply', '-f', spec)
  if (applied.status === 0) return play
  await stage.clear()
  throw new Error(`apply: ${applied.stdout}${applied.stderr}`)
}

/** Asks what serves. @param body sent when given */
export async function askServed(address: string, path: string, body?: string): Promise<string> {
  const response = await fetch(address + path, body === undefined ? {} : { method: 'POST', body })
  expect(response.status, path).toBeLessThan(300)
  return (await response.text()).trim()
}
