import {
  imageOfService,
  listServices,
  type RecordedService,
  settingsOfService,
  versionOfService,
} from '@stevedore/contract'
import type { Place, Release } from '../deploy-engine.ts'

function listBeside({ settings }: Place, own: string): Pick<NonNullable<Place['service']>, 'beside'> {
  const beside = listServices(settings).filter(({ name }) => name !== own)
  return beside.length > 0 ? { beside: beside.map(({ name, port }) => ({ name, port })) } : {}
}

/** A companion of a place as a place of its own, with the image that it is made of. */
export function openService<P extends Place>(
  place: P,
  { name, revision, settings }: { name: string; revision: number; settings: RecordedService },
): P & Pick<Release, 'service' | 'revision' | 'image' | 'version'> {
  return {
    ...place,
    service: { name, port: settings.port, ...listBeside(place, name) },
    settings: settingsOfService(place.settings, name, settings),
    revision,
    image: imageOfService(settings),
    version: versionOfService(settings),
  }
}
