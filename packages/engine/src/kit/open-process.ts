import { settingsOfProcess } from '@stevedore/contract'
import type { Place } from '../deploy-engine.ts'

/** One process of a place or a release, as a place of its own beside web: no way leads to it. */
export function openProcess<P extends Place>(place: P, name: string): P & { process: string } {
  return { ...place, process: name, settings: settingsOfProcess(place.settings, name) }
}
