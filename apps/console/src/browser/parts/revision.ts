import { html, type TemplateResult } from 'lit-html'

/** A digest that is too long to read, whole for who points at it. */
export function viewDigest(image: string): TemplateResult {
  const [, name = '', digest = image] = /^(?:(.*)@)?(sha256:[0-9a-f]+)$/.exec(image) ?? []
  const short = digest.replace(/^sha256:([0-9a-f]{12})[0-9a-f]*$/, '$1')
  return html`<code title=${image}>${name ? `${name.slice(name.lastIndexOf('/') + 1)}@` : ''}${short}</code>`
}

/** `12.4 MB`, decimal as registries count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
