import type { CallerView, Right } from '@stevedore/contract'
import type { TemplateResult } from 'lit-html'
import type { Refusal } from './api/problem.ts'

/** Where the page is: what the address says. */
export interface Place {
  /** The path as it stands in the address. */
  path: string
  params: Readonly<Record<string, string>>
  query: URLSearchParams
}

/** What is read for a screen; `data` of the last time stays while it is read again. */
export interface Loaded {
  /** The name of the screen that it is of. */
  screen: string
  place: Place
  data: unknown
  /** null before the first answer. */
  loadedAtMs: number | null
  refusal: Refusal | undefined
}

export interface Dialog {
  title: string
  /** What it says and asks. */
  body: (state: State) => TemplateResult
  /** The word on the button that does it; none where there is nothing to do. */
  confirm?: string
  isDangerous?: boolean
  /** What has to be typed before it can be done. */
  typed?: string
  /** Does it. What it throws is shown in the dialog, which stays open. */
  run?: (form: FormData) => Promise<void>
  isBusy?: boolean
  refusal?: Refusal | undefined
}

export interface State {
  /** Who is signed in, and what they may do. */
  me: CallerView | undefined
  loaded: Loaded
  /** The event stream; `since` is when it went down. */
  stream: { state: 'opening' | 'open' | 'down'; sinceMs: number }
  dialog: Dialog | undefined
  /** Read out by screen readers: what has just been done. */
  notice: string
  nowMs: number
  isMenuOpen: boolean
}

export function createState(place: Place, nowMs: number): State {
  return {
    me: undefined,
    loaded: { screen: '', place, data: undefined, loadedAtMs: null, refusal: undefined },
    stream: { state: 'opening', sinceMs: nowMs },
    dialog: undefined,
    notice: '',
    nowMs,
    isMenuOpen: false,
  }
}

/** Whether the token may do this at all, and here. */
export function may({ me }: State, right: Right): boolean {
  return me?.rights.includes(right) ?? false
}
