import { join } from 'node:path'
import { measureCheckout } from './measure/measure-checkout.ts'

/**
 * The form of the code in figures: lines, casts, ignored errors, polls, repeats. Usage: npm run measure [-- CHECKOUT …]; several are
 * shown side by side, so that a change can be held against what was before it.
 */
const checkouts = process.argv.length > 2 ? process.argv.slice(2) : [join(import.meta.dirname, '..')]
const columns = checkouts.map(measureCheckout)
const rows = Object.keys(columns[0] ?? {})
const width = Math.max(...rows.map((row) => row.length)) + 2

console.log(''.padEnd(width) + checkouts.map((checkout) => checkout.slice(-20).padStart(22)).join(''))
for (const row of rows) console.log(row.padEnd(width) + columns.map((column) => `${column[row]}`.padStart(22)).join(''))
