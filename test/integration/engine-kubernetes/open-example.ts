import { environmentSpec } from '@stevedore/contract'
import { afterAll, beforeAll } from 'vitest'
import { type PlayedExample, playExample, readSettings } from '../../harness/play-example.ts'
import { openStage, type Stage } from './stage.ts'
import { openStorage } from './storage.ts'

/** An example's environment as it is on a cluster: the same, but for where it is. */
async function describeOnCluster(example: string, namespace: string): Promise<Settings> {
  const { port: _port, volumes = {}, ...settings } = (await readSettings(example)) as Settings
  const sized = Object.entries(volumes).map(([name, volume]) => [name, { ...volume, size }])
  return { ...settings, volumes: Object.fromEntries(sized), engine: 'kubernetes', namespace }
}

export interface Settings extends Record<string, unknown> {
  volumes?: object
  services?: Record<string, { image: string; command: string[]; volume: { path: string; size: string } }>
}

/** Of each volume. */
export const size = '64Mi'

/** An example on a cluster, for the tests of a file. @param bring images that its companions are of */
export function openExample(example: string, bring = async (_settings: Settings, _play: PlayedExample) => {}) {
  const opened: { cluster?: Stage; play?: PlayedExample; storage?: { close(): Promise<void> }; settings?: Settings } =
    {}
  beforeAll(async () => {
    const cluster = await openStage()
    opened.cluster = cluster
    const settings = await describeOnCluster(example, cluster.namespace)
    opened.settings = settings
    const play = await playExample(example, { KUBECONFIG: cluster.kubeconfig })
    opened.play = play
    await bring(settings, play)
    await play.apply(settings)
    const place = { app: play.stage.app, environment: 'production', settings: environmentSpec.parse(settings) }
    const companions = Object.keys(settings.services ?? {}).map((name) => `${name}.data`)
    opened.storage = await openStorage(cluster, place, companions)
  })
  afterAll(async () => {
    await opened.play?.clear()
    await opened.storage?.close()
    await opened.cluster?.close()
  })
  return {
    play: () => opened.play as PlayedExample,
    cluster: () => opened.cluster as Stage,
    settings: () => opened.settings as Settings,
    findAddress: () => findAddress(opened.cluster as Stage, (opened.play as PlayedExample).stage.app),
    /** What of the example's own is left of these kinds: a name a line. */
    listOwn: (kinds: string) => listOwn(opened.cluster as Stage, (opened.play as PlayedExample).stage.app, kinds),
  }
}

/** Where an app's Service answers. */
export async function findAddress({ kubectl }: Stage, app: string): Promise<string> {
  const at = '{.spec.clusterIP}:{.spec.ports[0].port}'
  return `http://${await kubectl(['get', 'service', app, '-o', `jsonpath=${at}`])}`
}

/** @param kinds with commas between @returns a name a line */
export async function listOwn({ kubectl }: Stage, app: string, kinds: string): Promise<string> {
  return (await kubectl(['get', kinds, '-l', `stevedore.io/app=${app}`, '-o', 'name'])).trim()
}
