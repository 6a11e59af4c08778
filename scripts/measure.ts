import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCheckout } from './measure/measure-checkout.ts'

/**
 * The form of the code in figures: `npm run measure [-- CHECKOUT …]`. Several checkouts are shown side by side, so that a change can be
 * held against what was before it. `npm run measure -- --list casts` says where what a figure counts stands.
 */
const { values, positionals } = parseArgs({ options: { list: { type: 'string' } }, allowPositionals: true })
const checkouts = positionals.length > 0 ? positionals : [join(import.meta.dirname, '..')]
const columns = checkouts.map(measureCheckout)
const names = Object.keys(columns[0] ?? {})

if (values.list === undefined) showTable()
else listPlaces(values.list)

function showTable(): void {
  const width = Math.max(...names.map((name) => name.length)) + 2
  console.log(''.padEnd(width) + checkouts.map((checkout) => checkout.slice(-20).padStart(22)).join(''))
  for (const name of names)
    console.log(name.padEnd(width) + columns.map((column) => `${column[name]?.value}`.padStart(22)).join(''))
}

function listPlaces(name: string): void {
  const listed = columns.map((column) => column[name]?.places)
  if (listed.some((places) => places === undefined)) {
    const known = names.filter((each) => columns[0]?.[each]?.places)
    console.error(`There is no list of ${name}; there is one of: ${known.join(', ')}`)
    process.exitCode = 2
  }
  for (const { path, line } of listed.flatMap((places) => places ?? [])) console.log(`${path}:${line}`)
}
