import type { TemplateResult } from 'lit-html'
import type { LiveEvent } from './api/live.ts'
import type { IconName } from './parts/icon-names.ts'
import type { Place, State } from './state.ts'

/** What a screen's view is given. */
export interface Seen<D> {
  state: State
  place: Place
  data: D
}

/** One screen: what it reads, when that is old, and how it looks. */
export interface Screen<D> {
  /** The address, with `:name` for parts that vary: `/console/apps/:app`. */
  path: string
  /** Where it stands in the navigation, and its key behind `g`. */
  entry?: { word: string; icon: IconName; key: string }
  title(place: Place, data: D | undefined): string
  /** Reads what it shows. Throws what the client throws. */
  load(place: Place, state: State, signal: AbortSignal): Promise<D>
  /** Whether it has to be read again after this event. */
  isTouchedBy(event: LiveEvent, place: Place, data: D): boolean
  /** Of what no event tells: it is read again when it is older than this. */
  oldAfterMs?: number
  view(seen: Seen<D>): TemplateResult
  /** Ends what `load` began and goes on by itself. */
  leave?(data: D): void
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds screens of many data; each gives its own `view` what its own `load` read
export type AnyScreen = Screen<any> & { name: string }
