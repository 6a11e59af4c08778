import type { ImageView } from '@stevedore/contract'
import { describeCounts } from '@stevedore/contract/words'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printList } from '../output.ts'
import { formatAge, formatBytes } from '../render/time.ts'

interface Options extends ServerOptions {
  version?: string
  target?: string
  findings?: boolean
}

export function createImagesCommand(): Command {
  return addServerOptions(new Command('images'))
    .description('what was built of an app, newest first')
    .argument('<app>')
    .option('--version <version>', 'this version alone')
    .option('--target <target>', 'this target alone')
    .option('--findings', 'the worst vulnerabilities that their scans found')
    .action(async (app: string, { version, target, findings, ...options }: Options) => {
      const client = await connect(options)
      const page = await client.call('listImages', { params: { app }, query: { version, target } })
      if (findings && !options.json) return printFindings(page.items)
      printList(page.items, { json: options.json, headline, row: toRow, empty: 'Nothing was built yet.' })
    })
}

const headline = ['VERSION', 'TARGET', 'SIZE', 'BUILT', 'PUSHED', 'SCAN', 'DIGEST', 'REFERENCE']

function toRow({ version, target, report, pushedAt, scan, digest, reference }: ImageView): string[] {
  const size = formatBytes(report.size)
  return [
    version,
    target,
    size,
    formatAge(report.build_date),
    formatAge(pushedAt),
    scan === null ? '-' : describeCounts(scan.counts),
    digest?.slice(0, 19) ?? '-',
    reference,
  ]
}

const findingHeadline = ['VERSION', 'TARGET', 'SEVERITY', 'VULNERABILITY', 'PACKAGE', 'INSTALLED', 'FIXED']

function printFindings(images: readonly ImageView[]): void {
  const rows = images.flatMap(({ version, target, scan }) =>
    (scan?.findings ?? []).map((one) => [
      ...[version, target, one.severity, one.id, one.package, one.installed, one.fixed ?? '-'],
    ]),
  )
  const empty = 'No scan of these images found what counts.'
  printList(rows, { json: false, headline: findingHeadline, row: (row) => row, empty })
}
