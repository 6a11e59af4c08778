import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../../parts/icon.ts'
import { edit, listFaultsAt, readDraft } from './draft.ts'
import { appFields, type EngineName, engines, environmentFields, type Field } from './fields.ts'
import type { Declaration } from './load.ts'
import { isMap, readAt, renameAt, writeAt } from './spec-at.ts'

/** The fields that most specs are made of. They write into the text beside them, which is what is declared. */
export function viewForm(data: Declaration): TemplateResult {
  const spec = readDraft(data)
  if (!spec)
    return html`<p class="dim">As it stands, the text cannot be read: mend it, and its fields are here again.</p>`
  if ('apps' in spec) return html`<p class="dim">The text declares several apps: fields are here for a spec of one.</p>`
  const environments = Object.keys(Object(readAt(spec, ['environments'])))
  return html`
    <fieldset class="card">
      <legend>The app</legend>
      ${appFields.map((field) => viewField(data, spec, field))}
    </fieldset>
    ${environments.map((name, index) => viewEnvironment(data, spec, name, index))}
    <p><button type="button" @click=${addEnvironment}>${icon('plus')}Add an environment</button></p>`
}

type Spec = Record<string, unknown>

function viewEnvironment(data: Declaration, spec: Spec, name: string, index: number): TemplateResult {
  const at = ['environments', name]
  const engine: EngineName = readAt(spec, [...at, 'engine']) === 'kubernetes' ? 'kubernetes' : 'docker'
  const write = (path: string[], value: unknown) => edit((current) => writeAt(current, path, value))
  return html`<fieldset class="card">
    <legend>Environment ${name}</legend>
    ${viewInput({
      ...{ id: `environment-${index}`, word: 'Name', value: name, sample: 'staging' },
      faults: listFaultsAt(data, at).filter(({ path }) => path.length === at.length),
      onInput: (value) => edit((current) => renameAt(current, ['environments'], name, value)),
    })}
    <label class="field">
      <span>Runs on</span>
      <select @change=${({ target }: Event) => chooseEngine(at, engine, (target as HTMLSelectElement).value as EngineName)}>
        ${engines.map((one) => html`<option value=${one} ?selected=${one === engine}>${one === 'docker' ? 'Docker' : 'Kubernetes'}</option>`)}
      </select>
    </label>
    ${environmentFields[engine].map((field) => viewField(data, spec, { ...field, path: [...at, ...field.path] }))}
    <label class="check">
      <input
        type="checkbox" .checked=${readAt(spec, [...at, 'approval']) === 'required'}
        @change=${(event: Event) => write([...at, 'approval'], (event.target as HTMLInputElement).checked ? 'required' : undefined)}
      />
      <span>Another person approves each deploy</span>
    </label>
    <p><button type="button" class="quiet" @click=${() => write(at, undefined)}>${icon('trash-2')}Leave ${name} out</button></p>
  </fieldset>`
}

function viewField(data: Declaration, spec: Spec, { path, isNumber, ...field }: Field): TemplateResult {
  const value = readAt(spec, path)
  return viewInput({
    ...field,
    ...{ id: `field-${path.join('-')}`, value: value === undefined || value === null ? '' : String(value) },
    isNumber: isNumber ?? false,
    faults: listFaultsAt(data, path),
    onInput: (text) => edit((current) => writeAt(current, path, readInput(text, isNumber ?? false))),
  })
}

/** Nothing is said by a field that is empty. */
function readInput(text: string, isNumber: boolean): unknown {
  if (text === '') return undefined
  return isNumber && /^-?\d{1,9}$/.test(text) ? Number(text) : text
}

interface Input extends Omit<Field, 'path'> {
  id: string
  value: string
  faults: { message: string }[]
  onInput(value: string): void
}

/** A field with what it is for, and what is wrong with it, read out with it. */
function viewInput({ id, word, value, sample, hint, isNumber, faults, onInput }: Input): TemplateResult {
  return html`<div class="field">
    <label for=${id}>${word}</label>
    <input
      id=${id} autocomplete="off" spellcheck="false" placeholder=${sample ?? ''} inputmode=${isNumber ? 'numeric' : 'text'}
      aria-invalid=${faults.length > 0 ? 'true' : 'false'} aria-describedby="${id}-about"
      .value=${value} @input=${(event: Event) => onInput((event.target as HTMLInputElement).value.trim())}
    />
    <small id="${id}-about">${faults.length > 0 ? html`<span class="fault">${faults.map(({ message }) => message).join('; ')}</span>` : (hint ?? nothing)}</small>
  </div>`
}

/** What only the other engine knows goes with it. */
function chooseEngine(at: string[], from: EngineName, to: EngineName): void {
  const known = environmentFields[to].map(({ path }) => path.join('.'))
  const gone = environmentFields[from].filter(({ path }) => !known.includes(path.join('.')))
  edit((current) =>
    gone.reduce(
      (spec, { path }) => writeAt(spec, [...at, ...path], undefined),
      writeAt(current, [...at, 'engine'], to),
    ),
  )
}

/** The usual names first. */
function addEnvironment(): void {
  edit((spec) => {
    const taken = readAt(spec, ['environments'])
    const names = ['staging', 'production', ...Array.from({ length: 100 }, (_, index) => `environment-${index + 1}`)]
    const name = names.find((one) => !isMap(taken) || !Object.hasOwn(taken, one)) ?? ''
    return writeAt(spec, ['environments', name], { engine: 'docker', replicas: 2 })
  })
}
