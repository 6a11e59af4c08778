import type { CertificateView } from '@stevedore/contract'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson, printList } from '../output.ts'
import { readPemFile } from '../read-pem-file.ts'
import { describeExpiry } from '../render/describe-expiry.ts'
import { formatTime } from '../render/time.ts'

interface PutOptions extends ServerOptions {
  cert: string
  key: string
}

export function createCertificateCommand(): Command {
  return new Command('certificate')
    .description('TLS certificates for the proxies of Docker hosts; on Kubernetes the cluster’s ingress has its own')
    .addCommand(createPutCommand())
    .addCommand(createListCommand())
    .addCommand(createRemoveCommand())
}

function createPutCommand(): Command {
  return addServerOptions(new Command('put'))
    .description('store a certificate, or a renewed one in its place; the proxies serve it within seconds')
    .argument('<name>', 'what to call it: lower-case letters, digits, dashes and dots')
    .requiredOption('--cert <file>', 'PEM: the certificate, then its chain (fullchain.pem)')
    .requiredOption('--key <file>', 'PEM: its private key, not encrypted (privkey.pem)')
    .action(putCertificate)
}

async function putCertificate(name: string, options: PutOptions): Promise<void> {
  const body = { certificate: await readPemFile(options.cert), key: await readPemFile(options.key) }
  const client = await connect(options)
  const stored = await client.call('putCertificate', { params: { name }, body })
  if (options.json) return printJson(stored)
  print(`${name} stored for ${stored.dnsNames.join(', ')}; it expires ${describeExpiry(stored.expiresAt)}`)
}

function createListCommand(): Command {
  return addServerOptions(new Command('list'))
    .description('what each serves, when it expires, and who put it')
    .action(async (options: ServerOptions) => {
      const client = await connect(options)
      const { items } = await client.call('listCertificates', {})
      printList(items, { json: options.json, headline, row: toRow, empty: 'No certificates.' })
      if (!options.json) for (const { name, refusal } of items) if (refusal) print(`${name}: ${refusal}`)
    })
}

function createRemoveCommand(): Command {
  return addServerOptions(new Command('remove'))
    .description('forget a certificate and take it from the proxies')
    .argument('<name>')
    .action(async (name: string, options: ServerOptions) => {
      const client = await connect(options)
      await client.call('removeCertificate', { params: { name } })
      print(`${name} removed`)
    })
}

const headline = ['NAME', 'SERVES', 'EXPIRES', 'FINGERPRINT', 'PUT BY', 'PUT AT']
/** Eight bytes tell two certificates apart for people; `--json` has all. */
const shownFingerprint = 23

function toRow({ name, dnsNames, expiresAt, fingerprint, putBy, putAt }: CertificateView): string[] {
  const shown = `${fingerprint.slice(0, shownFingerprint)}…`
  return [name, dnsNames.join(', '), describeExpiry(expiresAt), shown, putBy, formatTime(putAt)]
}
