import type { AuditEntry } from '@stevedore/contract'
import { html } from 'lit-html'
import { openDialog, say } from '../../dialogs.ts'
import type { Filter } from './filter.ts'
import { listEntries } from './load.ts'
import { writeCsv, writeJsonLines } from './write-entries.ts'

/** What a browser holds and a table program opens without trouble; all of a longer trail is for the command line. */
const mostEntries = 20_000

export function openExport(filter: Filter): void {
  openDialog({
    title: 'Export the audit trail',
    confirm: 'Download',
    body: () => html`
      <p>The entries that the filter finds, newest first, ${mostEntries.toLocaleString('en')} at most. All of a longer trail: <code>stevedore audit --json</code></p>
      <label class="field">
        <span>As</span>
        <select name="format">
          <option value="jsonl">JSON lines, with the hashes of the chain</option>
          <option value="csv">CSV, for a table</option>
        </select>
      </label>`,
    async run(form) {
      const { entries, isCut } = await readAll(filter)
      const isCsv = form.get('format') === 'csv'
      const name = `audit-${new Date().toISOString().slice(0, 10)}.${isCsv ? 'csv' : 'jsonl'}`
      download(name, isCsv ? writeCsv(entries) : writeJsonLines(entries), isCsv ? 'text/csv' : 'application/jsonl')
      say(`${entries.length} entries are in ${name}${isCut ? '; there are older ones that are not' : ''}.`)
    },
  })
}

async function readAll(filter: Filter): Promise<{ entries: AuditEntry[]; isCut: boolean }> {
  const entries: AuditEntry[] = []
  let cursor: string | undefined
  do {
    const page = await listEntries({ ...filter, cursor, limit: '200' })
    entries.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor && entries.length < mostEntries)
  return { entries, isCut: cursor !== undefined }
}

function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
