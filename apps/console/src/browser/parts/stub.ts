import { html } from 'lit-html'
import type { Screen } from '../screen.ts'
import { viewPageHead } from './page-head.ts'

/** A screen of which there is nothing yet. */
export function stubScreen(path: string, word: string, entry?: Screen<null>['entry']): Screen<null> {
  return {
    path,
    ...(entry ? { entry } : {}),
    title: () => word,
    load: async () => null,
    isTouchedBy: () => false,
    view: () => html`${viewPageHead({ title: word })}<p>There is nothing here yet.</p>`,
  }
}
