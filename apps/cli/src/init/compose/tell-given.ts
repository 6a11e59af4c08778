import { type Draft, settingPath } from '../draft.ts'
import { fieldOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'
import type { Service } from './read-project.ts'

/** What of a service becomes part of a spec; a variable's own line says where it is from. */
const taken = words(
  'image build command entrypoint env_file ports expose healthcheck volumes user tmpfs deploy scale cpus mem_limit stop_grace_period configs profiles',
)
/** The same of one that runs beside an app. */
const takenOfProcess = words('command entrypoint deploy scale stop_grace_period')
const untaken = words('retries start_interval')

/** Says beside a service what its settings are of files of variables: such a file is often nobody else's. */
export function tellGiven(draft: Draft, service: Service): void {
  tell(draft, service, taken)
}

export function tellGivenOfProcess(draft: Draft, service: Service): void {
  tell(draft, service, takenOfProcess)
}

function tell(draft: Draft, { name, fields, file }: Service, keys: ReadonlySet<string>): void {
  const found = [...keys].flatMap((key) => {
    const given = listGiven(fieldOf(fields, key))
    return given.size > 0 ? [`${key} from ${describeGiven(given)}`] : []
  })
  if (found.length > 0)
    draft.comments.push({ path: settingPath(draft), text: `${name} in ${file}: ${found.join('; ')}` })
}

/** `PORT, TAG in .env` */
export function describeGiven(given: Iterable<string>): string {
  const byFile = Map.groupBy([...new Set(given)].slice(0, 20), (one) => one.slice(one.indexOf(' ')))
  return [...byFile].map(([file, all]) => all.map((one) => one.slice(0, -file.length)).join(', ') + file).join(', ')
}

function listGiven(part: unknown): Set<string> {
  if (typeof part === 'string') return new Set(part.includes('$') ? expandVariables(part).given : [])
  if (typeof part !== 'object' || part === null) return new Set()
  return new Set(Object.entries(part).flatMap(([key, one]) => (untaken.has(key) ? [] : [...listGiven(one)])))
}

function words(line: string): ReadonlySet<string> {
  return new Set(line.split(' '))
}
