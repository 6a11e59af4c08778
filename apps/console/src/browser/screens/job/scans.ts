import type { ImageView, JobDetailView, JobView, ScanReport, ScanSpec } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask } from '../../api/client.ts'
import { readNamed } from '../../api/problem.ts'
import { describeThreshold, viewScan } from '../../parts/scan.ts'

/** How a build's images are judged, and what was found in those that passed. */
export interface JobScans {
  fail: ScanSpec['fail']
  scanned: ScannedImage[]
}

interface ScannedImage {
  target: string
  scan: ScanReport
}

/** undefined: it scans nothing. By the spec of its own version, since a later one may judge otherwise. */
export async function loadScans(job: JobView, signal: AbortSignal): Promise<JobScans | undefined> {
  if (job.kind !== 'build') return undefined
  const { app, specVersion: number } = job
  const spec = await readNamed(ask('getSpecVersion', { params: { app, number }, signal }))
  const scan = spec && 'found' in spec ? spec.found.spec.scan : undefined
  if (!scan) return undefined
  const query = { version: nameVersion(job), limit: 100 }
  const images = await readNamed(ask('listImages', { params: { app }, query, signal }))
  return { fail: scan.fail, scanned: listScanned(images && 'found' in images ? images.found.items : [], job.id) }
}

/** Of a build that has not ended well only what was asked for is known. */
function nameVersion({ request, result }: JobView): string | undefined {
  if (result && 'reports' in result) return result.version
  return 'version' in request ? request.version : undefined
}

/** A version that was built again has the images of its last build. */
export function listScanned(images: readonly ImageView[], jobId: string): ScannedImage[] {
  return images.flatMap((image) =>
    image.jobId === jobId && image.scan ? [{ target: image.target, scan: image.scan }] : [],
  )
}

export function viewScans(
  scans: JobScans | undefined,
  { error }: JobDetailView,
  nowMs: number,
): TemplateResult | typeof nothing {
  if (!scans) return nothing
  return html`<section class="stack" aria-labelledby="scans">
    <h2 id="scans">Scans</h2>
    <p>${describeThreshold(scans.fail)}</p>
    ${error?.code === 'vulnerabilities-found' ? html`<p>What was found in the image that did not pass stands above, where it says how the job failed.</p>` : nothing}
    ${scans.scanned.map(({ target, scan }) => html`<h3>Image ${target}</h3>${viewScan({ target, scan }, nowMs)}`)}
  </section>`
}
