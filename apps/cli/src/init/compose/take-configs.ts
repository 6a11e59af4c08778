import { resolve } from 'node:path'
import { type Draft, leaveOut, takeSetting } from '../draft.ts'
import { pathInSource } from '../place.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { type ComposeProject, listHidden, type Service, textOf } from './read-project.ts'
import type { ProjectFolder } from './take-volumes.ts'

/** Configs become files; secrets become variables, so what reads them as files is told. */
export function takeConfigs(draft: Draft, { fields }: Service, project: ComposeProject, folder: ProjectFolder): void {
  for (const entry of listOf(fieldOf(fields, 'configs')).slice(0, 64)) {
    const settings = fieldsOf(entry)
    const name = textOf(entry) ?? textOf(fieldOf(settings, 'source'))
    if (name === undefined) continue
    const config = fieldsOf(fieldOf(project.configs, name))
    takeConfig(draft, { name, config, target: textOf(fieldOf(settings, 'target')) ?? `/${name}` }, folder)
  }
  for (const entry of listOf(fieldOf(fields, 'secrets')).slice(0, 64)) {
    const name = textOf(entry) ?? textOf(fieldOf(fieldsOf(entry), 'source'))
    if (name)
      leaveOut(
        draft,
        `secret ${name}`,
        `is a file under /run/secrets there; here it is a variable: put a name under \`secrets\`, and \`stevedore secret set\` its value`,
      )
  }
}

function takeConfig(
  draft: Draft,
  { name, config, target }: { name: string; config: ReturnType<typeof fieldsOf>; target: string },
  { place, folder, file }: ProjectFolder,
): void {
  const written = fieldOf(config, 'content')
  const content = textOf(written)
  const [hidden] = listHidden(written)
  const path = textOf(fieldOf(config, 'file'))
  const from = path === undefined ? undefined : pathInSource(place, resolve(folder, path))
  if (content !== undefined) takeSetting(draft, ['files', target], { text: content }, `config ${name} in ${file}`)
  else if (from !== undefined) takeSetting(draft, ['files', target], { from }, `config ${name} in ${file}`)
  else if (hidden !== undefined)
    leaveOut(draft, `config ${name}`, `holds ${hidden}, which looks like a secret and would stand in the spec`)
  else leaveOut(draft, `config ${name}`, 'is no file of the source, and has no content of its own')
}
