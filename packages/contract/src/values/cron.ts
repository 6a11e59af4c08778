interface Field {
  name: string
  from: number
  to: number
  /** In the order of their numbers, from `from` on. */
  words?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const fields: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: months },
  { name: 'day of the week', from: 0, to: 7, words: days },
]

/** The words that stand for five fields. */
const cronWords = ['@hourly', '@daily', '@weekly', '@monthly'] as const

const shape = 'five fields, as in "0 2 * * *" (minute, hour, day of the month, month, day of the week)'

/** Why a text says no times, in a sentence; undefined where it does. Only what every cron reads alike is taken. */
export function findCronFault(text: string): string | undefined {
  if ((cronWords as readonly string[]).includes(text)) return undefined
  if (text.startsWith('@')) return `takes ${cronWords.join(', ')}, or ${shape}`
  const written = text.split(' ')
  if (written.length !== fields.length || written.includes('')) return `takes ${shape}, or ${cronWords.join(', ')}`
  const faults = fields.map((field, index) => findFieldFault(field, written[index] ?? ''))
  return faults.find((fault) => fault !== undefined) ?? findNever(written)
}

function findFieldFault(field: Field, written: string): string | undefined {
  const faults = written.split(',').map((part) => findPartFault(field, part))
  return faults.find((fault) => fault !== undefined)
}

/** `*`, a number, or a range; `*` and ranges with a step: `10-30/5`. */
function findPartFault(field: Field, part: string): string | undefined {
  const told = `${field.name}: ${JSON.stringify(part)}`
  const [range = '', step, ...more] = part.split('/')
  const [first = '', last, ...others] = range.split('-')
  if (more.length > 0 || others.length > 0) return `${told} is no number, range, step or *`
  if (step !== undefined && !isStep(field, step)) return `${told} has a step that is not between 1 and ${field.to}`
  if (range === '*') return undefined
  const bounds = [first, last ?? first].map((one) => readNumber(field, one))
  const [low, high] = bounds
  if (low === undefined || high === undefined) return `${told} is not within ${field.from} to ${field.to}`
  if (low > high) return `${told} ends before it begins`
  return step !== undefined && last === undefined ? `${told} steps from a number: write a range, or *` : undefined
}

function isStep({ to }: Field, step: string): boolean {
  return /^\d{1,2}$/.test(step) && Number(step) >= 1 && Number(step) <= to
}

function readNumber({ from, to, words = [] }: Field, text: string): number | undefined {
  const place = words.indexOf(text.toLowerCase())
  if (place >= 0) return from + place
  const value = /^\d{1,2}$/.test(text) ? Number(text) : -1
  return value >= from && value <= to ? value : undefined
}

const longestDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The 31st of February. Where the day of the week is said as well, either is enough. */
function findNever([, , day = '', month = '', weekday]: readonly string[]): string | undefined {
  if (weekday !== '*') return undefined
  const [dayField, monthField] = fields.slice(2) as [Field, Field]
  const earliest = Math.min(...listFirst(dayField, day))
  const comes = listAll(monthField, month).some((one) => earliest <= (longestDays[one - 1] ?? 0))
  return comes ? undefined : `no such month has a day ${earliest}: it would never come`
}

/** The first number of each part, which is its least. */
function listFirst(field: Field, written: string): number[] {
  return written.split(',').map((part) => readNumber(field, part.split(/[-/]/)[0] ?? '') ?? field.from)
}

function listAll(field: Field, written: string): number[] {
  return written.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/')
    const [first = '', last = first] = range.split('-')
    const low = range === '*' ? field.from : (readNumber(field, first) ?? field.from)
    const high = range === '*' ? field.to : (readNumber(field, last) ?? field.to)
    return Array.from({ length: Math.floor((high - low) / Number(step)) + 1 }, (_, index) => low + index * Number(step))
  })
}
