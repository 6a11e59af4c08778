import { describe } from './describe.ts'
import { ingressMetadataTable, metadata } from './metadata.ts'
import { ownCertificate, ownService } from './own.ts'
import { type Facts, fields, list, never, only, port, portOrName, rule, shaped, shortName } from './rule.ts'

/** Whose a host is the spec says; an Ingress controller gives a host to whoever names it. */
const ownHost = rule(
  'a name of `ingress.host` in the spec',
  (value, { release }) => typeof value === 'string' && isOwnHost(value, release),
  'name it there',
)

function isOwnHost(host: string, { settings }: Facts['release']): boolean {
  const own = [settings.ingress?.host ?? []].flat()
  return own.includes(host) || (!host.startsWith('*') && own.includes(host.replace(/^[^.]+/, '*')))
}

const service = fields(
  {
    title: 'Service of an Ingress',
    rows: {
      name: ownService,
      port: fields({ title: 'Port of a backend', rows: { number: port, name: portOrName } }),
    },
  },
  { required: ['name'] },
)
const backend = fields({
  title: 'Backend of an Ingress',
  rows: { service, resource: never('name a Service of the manifests') },
})
const path = fields(
  {
    title: 'Path of an Ingress',
    rows: {
      path: shaped(
        'a path without blanks, quotes, `;`, `{`, `}`, `#` and `\\`',
        /^\/[!$%&()*+,./0-9:=?@A-Z[\]^_a-z|~-]{0,1000}$/,
      ),
      pathType: only('Prefix', 'Exact', 'ImplementationSpecific'),
      backend,
    },
  },
  { required: ['backend'] },
)
const ingressRule = fields(
  {
    title: 'Rule of an Ingress',
    rows: { host: ownHost, http: fields({ title: 'Paths of an Ingress', rows: { paths: list(path) } }) },
  },
  { required: ['host'] },
)
const tls = fields(
  { title: 'TLS of an Ingress', rows: { hosts: list(ownHost), secretName: ownCertificate } },
  { required: ['hosts'] },
)

export const ingressTable = describe('Ingress', ['networking.k8s.io/v1'], {
  metadata: metadata(ingressMetadataTable),
  spec: fields({
    title: 'Spec of an Ingress',
    rows: {
      ingressClassName: shortName,
      rules: list(ingressRule),
      tls: list(tls),
      defaultBackend: never('it would answer for the hosts of others: name `rules`'),
    },
  }),
})
