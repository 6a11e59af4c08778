import { isSecretSetting } from '../looks-secret.ts'
import { expandVariables } from './expand-variables.ts'
import { giveValues, type Value, type Values } from './give-values.ts'
import { type Loading, nameFile, orTell, readNamedFile, tell } from './loading.ts'
import { type Entry, readEnvFile } from './read-env-file.ts'

/** What files of variables say beside what is known, which counts before them; one that is not there says nothing. */
export async function readVariables(paths: readonly string[], known: Values, loading: Loading): Promise<Values> {
  const own = new Map<string, Value>()
  for (const path of paths) {
    const from = nameFile(loading.place, path)
    const text = await orTell(loading, `variables of ${from}`, () => readNamedFile(loading, path))
    if (text === undefined) continue
    const { entries, unread } = readEnvFile(text)
    for (const entry of entries)
      await orTell(loading, `${entry.name} in ${from}`, async () => take(own, entry, { from, known, loading }))
    if (unread.length > 0)
      tell(loading, `${from}, line ${unread.slice(0, 10).join(', ')}`, 'is no `KEY=VALUE`: compose refuses the file')
  }
  return new Map([...own, ...known])
}

function take(
  own: Map<string, Value>,
  { name, written }: Entry,
  { from, known, loading }: { from: string; known: Values; loading: Loading },
): void {
  const find = (one: string) => known.get(one) ?? own.get(one)
  // What a hidden value is part of is hidden as well, but has to be known to be told from others.
  const open = { get: (one: string) => withOpen(find(one)) }
  const { text, missing } = expandVariables(giveValues(written, open, loading.values))
  own.delete(name)
  if (missing.length > 0) {
    tell(loading, `${name} in ${from}`, `${[...new Set(missing)].slice(0, 10).join(', ')} has no value there`)
    return
  }
  const { hidden } = expandVariables(giveValues(written, { get: find }, loading.values))
  const isHidden = hidden.length > 0 || isSecretSetting(name, text) || loading.secretValues.has(text)
  own.set(name, { text, from, isHidden })
  if (isHidden) loading.hidden.add(text)
}

function withOpen(value: Value | undefined): Value | undefined {
  return value && { ...value, isHidden: false }
}
