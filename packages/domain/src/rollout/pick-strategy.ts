import { type EnvironmentSpec, listVolumes, type Strategy } from '@stevedore/contract'

/**
 * How a revision takes over: as its settings say, unless what serves holds a volume that it would open too. That one was promised to be
 * alone with its data, whatever the next one bears.
 * @param serving the settings of what serves
 */
export function pickStrategy(settings: EnvironmentSpec, serving: EnvironmentSpec | undefined): Strategy {
  const opened = new Set(listVolumes(settings).map(({ name }) => name))
  const held = serving ? listVolumes(serving).filter(({ name, shared }) => !shared && opened.has(name)) : []
  return held.length > 0 ? { type: 'recreate' } : settings.strategy
}
