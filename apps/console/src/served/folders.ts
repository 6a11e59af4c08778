import { join } from 'node:path'

export const browserFolder = join(import.meta.dirname, '../browser')
export const entryPoint = join(browserFolder, 'main.ts')

/** One stylesheet of these, in this order; the first says which layer goes before which. */
export const stylesheets = ['tokens', 'base', 'frame', 'parts', 'tables', 'forms', 'screens', 'desk', 'log'].map(
  (name) => join(browserFolder, 'styles', `${name}.css`),
)
