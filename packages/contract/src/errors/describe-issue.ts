import { z } from 'zod'
import { findNearest, suggest } from '../values/nearest.ts'

type RawIssue = z.core.$ZodRawIssue
type RawUnion = Extract<RawIssue, { code: 'invalid_union' }>

/** What is known of an issue beside its text. The lists are those of the issue itself, which keeps them when it is finished. */
const knownKeys = new WeakMap<object, string[]>()
const faultsOfRest = new WeakMap<object, z.core.$ZodIssue[]>()

/** The keys that there are, of an issue about keys that there are not. */
export function listKnownKeys({ keys }: z.core.$ZodIssueUnrecognizedKeys): string[] {
  return knownKeys.get(keys) ?? []
}

/** What is wrong with the rest of a value whose kind is not known, as far as that holds whichever kind was meant. */
export function listFaultsOfRest({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] {
  return faultsOfRest.get(errors) ?? []
}

/** A sentence about an issue for which no schema has one of its own, to follow its path. It quotes nothing of the value. */
function describeIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue)
    case 'too_small':
      return describeBound(issue.origin, 'at least', Number(issue.minimum), issue.inclusive)
    case 'too_big':
      return describeBound(issue.origin, 'at most', Number(issue.maximum), issue.inclusive)
    case 'invalid_value':
      return describeChoice(issue.values.map(String), issue.input)
    case 'invalid_format':
      return formats[issue.format] ?? 'is not written as it must be'
    case 'unrecognized_keys':
      if (issue.inst instanceof z.core.$ZodObject) knownKeys.set(issue.keys, Object.keys(issue.inst._zod.def.shape))
      return `has keys that are not known: ${issue.keys.join(', ')}`
    case 'invalid_union':
      return describeUnion(issue)
    default:
      return 'is not what this takes'
  }
}

// Whoever parses with any schema of this process gets these words.
z.config({ customError: describeIssue })

const formats: Record<string, string> = {
  url: 'must be an address that begins with http:// or https://',
  uuid: 'must be an id such as 5a9e2c1e-6f0b-4a53-9b6e-0f6c3b0c9d1a',
  datetime: 'must be a time such as 2026-01-31T12:00:00Z',
}

const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  null: 'nothing',
}

function describeType({ expected, input }: Extract<RawIssue, { code: 'invalid_type' }>): string {
  if (input === undefined) return 'is missing'
  const wanted = typeNames[expected] ?? expected
  if (typeof input === 'number' && (expected === 'int' || expected === 'number')) return `must be ${wanted}`
  return `must be ${wanted}, not ${typeNames[typeOf(input)] ?? 'this'}`
}

function typeOf(input: unknown): string {
  if (input === null) return 'null'
  return Array.isArray(input) ? 'array' : typeof input
}

const units: Record<string, string> = { string: 'characters', array: 'entries' }

function describeBound(origin: string, bound: string, limit: number, inclusive = true): string {
  const unit = units[origin]
  if (unit && bound === 'at least' && limit === 1) return 'must not be empty'
  if (unit) return `must have ${bound} ${limit} ${unit}`
  if (inclusive) return `must be ${bound} ${limit}`
  return `must be ${bound === 'at least' ? 'more' : 'less'} than ${limit}`
}

function describeChoice(values: string[], input: unknown): string {
  if (input === undefined) return `is missing: ${joinChoices(values)}`
  return `must be ${joinChoices(values)}${typeof input === 'string' ? suggest(input, values) : ''}`
}

function joinChoices(values: string[]): string {
  return [values.slice(0, -1).join(', '), values.at(-1)].filter(Boolean).join(' or ')
}

function describeUnion(issue: RawUnion): string {
  const { discriminator, input, errors, inst } = issue
  const values = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
  if (discriminator === undefined || !(inst instanceof z.core.$ZodType) || typeof input !== 'object')
    return 'is in none of the forms that this takes'
  const given: unknown = Object(input)[discriminator]
  const branches = values.map((value) => ({
    value,
    issues: z.core.safeParse(inst, { ...input, [discriminator]: value }).error?.issues ?? [],
  }))
  const meant = typeof given === 'string' ? findNearest(given, values) : undefined
  faultsOfRest.set(errors, chooseFaults(branches, meant))
  return describeChoice(values, given)
}

/** Those of the kind that was meant, else of the kind that the value comes closest to; of several alike what is wrong with all of them. */
function chooseFaults(
  branches: { value: string; issues: z.core.$ZodIssue[] }[],
  meant: string | undefined,
): z.core.$ZodIssue[] {
  const rated = branches.map((branch) => ({
    ...branch,
    misfit: branch.value === meant ? -1 : rateMisfit(branch.issues),
  }))
  const least = Math.min(...rated.map(({ misfit }) => misfit))
  const [first, ...others] = rated.filter(({ misfit }) => misfit === least).map(({ issues }) => issues)
  return (first ?? []).filter((issue) => others.every((issues) => issues.some((other) => areAlike(issue, other))))
}

/** A key that a kind does not have says more than any number of other faults. */
function rateMisfit(issues: readonly z.core.$ZodIssue[]): number {
  const foreign = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  )
  return foreign.length * 1_000 + issues.length
}

function areAlike(one: z.core.$ZodIssue, other: z.core.$ZodIssue): boolean {
  return one.message === other.message && one.path.join('.') === other.path.join('.')
}
