import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { iconNames } from '../browser/parts/icon-names.ts'

/** The icons that the console shows, as symbols of one drawing that stands in the page. */
export async function readSprite(): Promise<string> {
  const folder = join(dirname(fileURLToPath(import.meta.resolve('lucide-static/package.json'))), 'icons')
  const symbols = await Promise.all(iconNames.map(async (name) => toSymbol(name, await readIcon(folder, name))))
  return `<svg class="sprite" width="0" height="0" aria-hidden="true">${symbols.join('')}</svg>`
}

function readIcon(folder: string, name: string): Promise<string> {
  return readFile(join(folder, `${name}.svg`), 'utf8')
}

function toSymbol(name: string, drawing: string): string {
  const shapes = drawing.slice(drawing.indexOf('>', drawing.indexOf('<svg')) + 1, drawing.lastIndexOf('</svg>'))
  const bare = shapes.split('\n').map((line) => line.trim())
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${bare.join('')}</symbol>`
}
