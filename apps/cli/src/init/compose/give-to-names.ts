import { type Fields, fieldOf, fieldsOf } from '../values.ts'
import { type Allowance, giveValues, type Values } from './give-values.ts'

/** A service whose variables and build arguments that are a name alone have their values as well: `environment: [PORT]`. */
export function giveToNames(service: Fields, values: Values, allowance: Allowance): Fields {
  const give = (fields: Fields, key: string): Fields => {
    const pairs = fieldOf(fields, key)
    return typeof pairs === 'object' && pairs !== null
      ? { ...fields, [key]: giveToPairs(pairs, values, allowance) }
      : fields
  }
  const build = fieldOf(service, 'build')
  const given = give(service, 'environment')
  return typeof build === 'object' && build !== null && !Array.isArray(build)
    ? { ...given, build: give(fieldsOf(build), 'args') }
    : given
}

function giveToPairs(pairs: object, values: Values, allowance: Allowance): unknown {
  const give = (name: string) => (values.has(name) ? giveValues(`\${${name}}`, values, allowance) : undefined)
  if (!Array.isArray(pairs))
    return Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, value ?? give(name) ?? null]))
  return pairs.map((entry: unknown) => {
    const value = typeof entry === 'string' ? give(entry) : undefined
    return value === undefined ? entry : `${entry}=${value}`
  })
}
