import type { ScanFinding, ScanReport, ScanSpec } from '@stevedore/contract'
import { describeCounts } from '@stevedore/contract/words'
import { html, nothing, type TemplateResult } from 'lit-html'
import { type Tone, viewBadge } from './badge.ts'
import { viewFacts } from './facts.ts'
import type { IconName } from './icon-names.ts'
import { viewTable } from './table.ts'
import { viewAge } from './time.ts'

/** What a scan found, by severity; an image of a spec without `scan` says that nobody looked. */
export function viewScanned(scan: ScanReport | null): TemplateResult {
  if (scan === null) return viewBadge('quiet', 'circle-dashed', 'not scanned')
  return viewBadge(...lookOf(scan), describeCounts(scan.counts))
}

function lookOf({ counts }: ScanReport): [Tone, IconName] {
  if (counts.critical + counts.high > 0) return ['bad', 'triangle-alert']
  const some = counts.medium + counts.low + counts.unknown > 0
  return some ? ['wait', 'triangle-alert'] : ['good', 'shield-check']
}

interface Scanned {
  target: string
  scan: ScanReport
}

/** A scan whole: what it found and left out, by which tool and when, and the worst findings. */
export function viewScan({ target, scan }: Scanned, nowMs: number): TemplateResult {
  const { tool, toolVersion, scannedAt, databaseBuiltAt, expired } = scan
  return html`
    ${viewFacts([
      ['Found', viewScanned(scan)],
      ['Left out', describeLeftOut(scan)],
      ['Counts again', expired.length > 0 ? html`${expired.join(', ')}: ignored until a day that is over` : nothing],
      ['Scanned', html`${viewAge(scannedAt, nowMs)}, by ${toolVersion === null ? tool : `${tool} ${toolVersion}`}`],
      ['Database', html`made ${viewAge(databaseBuiltAt, nowMs)}`],
    ])}
    ${scan.findings.length > 0 ? viewFindings(target, scan) : nothing}`
}

function viewFindings(target: string, scan: ScanReport): TemplateResult {
  const more = countMore(scan)
  return html`${viewTable<ScanFinding>({
    caption: `Findings in ${target}, the worst first`,
    rows: scan.findings,
    columns: [
      { word: 'Vulnerability', kind: 'name', cell: ({ id }) => id },
      { word: 'Severity', cell: ({ severity }) => severity },
      { word: 'Package', cell: (finding) => html`<code>${finding.package}</code>` },
      { word: 'Installed', cell: ({ installed }) => html`<code>${installed}</code>` },
      { word: 'Fixed in', cell: ({ fixed }) => (fixed === null ? 'no fix yet' : html`<code>${fixed}</code>`) },
    ],
  })}
  ${more > 0 ? html`<p class="dim">And ${more} more, none of them worse.</p>` : nothing}`
}

/** How many were found beyond those that the report keeps. */
export function countMore({ counts, findings }: Pick<ScanReport, 'counts' | 'findings'>): number {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return Math.max(0, all - findings.length)
}

/** What the spec says is not to count; empty where there was nothing of it. */
export function describeLeftOut({ ignored, unfixed }: Pick<ScanReport, 'ignored' | 'unfixed'>): string {
  const told = [ignored > 0 && `${ignored} ignored by the spec`, unfixed > 0 && `${unfixed} without a fix`]
  return told.filter(Boolean).join(', ')
}

/** What the spec lets a build fail for. */
export function describeThreshold(fail: ScanSpec['fail']): string {
  if (fail === 'never') return 'Images are scanned; nothing that is found fails the build.'
  return `Images are scanned; what is ${fail}${fail === 'critical' ? '' : ' or worse'} fails the build.`
}
