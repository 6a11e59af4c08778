import type { ImageView } from '@stevedore/contract'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printList } from '../output.ts'
import { formatAge, formatBytes } from '../render/time.ts'

interface Options extends ServerOptions {
  version?: string
  target?: string
}

export function createImagesCommand(): Command {
  return addServerOptions(new Command('images'))
    .description('what was built of an app, newest first')
    .argument('<app>')
    .option('--version <version>', 'this version alone')
    .option('--target <target>', 'this target alone')
    .action(async (app: string, { version, target, ...options }: Options) => {
      const client = await connect(options)
      const page = await client.call('listImages', { params: { app }, query: { version, target } })
      printList(page.items, { json: options.json, headline, row: toRow, empty: 'Nothing was built yet.' })
    })
}

const headline = ['VERSION', 'TARGET', 'SIZE', 'BUILT', 'PUSHED', 'DIGEST', 'REFERENCE']

function toRow({ version, target, report, pushedAt, digest, reference }: ImageView): string[] {
  const size = formatBytes(report.size)
  return [
    version,
    target,
    size,
    formatAge(report.build_date),
    formatAge(pushedAt),
    digest?.slice(0, 19) ?? '-',
    reference,
  ]
}
