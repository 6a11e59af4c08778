import {
  fields,
  grantHint,
  isGranted,
  map,
  never,
  objectName,
  quote,
  type Rule,
  rule,
  shaped,
  showForeign,
  type Table,
} from './rule.ts'

/** Kubernetes leaves keys without a prefix to users; these are its controllers’ all the same. */
const controllers = ['pod-template-hash', 'controller-revision-hash', 'controller-uid', 'job-name']
const recommended = /^app\.kubernetes\.io\/(name|instance|version|component|part-of|managed-by|created-by)$/
const keyShape = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

const labels = map(
  'keys without a prefix, `app.kubernetes.io/…`, `helm.sh/chart`; others by `label:KEY`',
  (key, value, facts) => {
    if (!keyShape.test(key)) return 'is no key of a label'
    if (typeof value !== 'string' || !/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value))
      return `may be the value of a label, not ${showForeign(value)}`
    const isUsers = key.includes('/') ? recommended.test(key) || key === 'helm.sh/chart' : !controllers.includes(key)
    if (isUsers || (!key.startsWith('stevedore.io/') && isGranted(facts, `label:${key}`))) return undefined
    return `is not a label for manifests: leave it out, ${grantHint(`label:${key}`)}`
  },
)

const yes = shaped('`true`', /^true$/)
const flagText = shaped('`true` or `false`', /^(true|false)$/)
const numberText = shaped('a number', /^\d{1,9}$/)
const anything = rule('a text', (value) => typeof value === 'string' && value.length <= 65_536)
const runtimeDefault = shaped('`runtime/default`', /^runtime\/default$/)

/** By key, or by its beginning where that ends in `*`. */
type Annotations = Readonly<Record<string, Rule>>

/** Read by people and by tools that look at all objects. */
const commonAnnotations: Annotations = {
  'kubernetes.io/change-cause': anything,
  'kubernetes.io/description': anything,
  'kubectl.kubernetes.io/last-applied-configuration': anything,
  'meta.helm.sh/release-name': anything,
  'meta.helm.sh/release-namespace': anything,
}
const scraped: Annotations = {
  'prometheus.io/scrape': flagText,
  'prometheus.io/port': numberText,
  'prometheus.io/path': shaped('a path', /^\/[A-Za-z0-9._/?&=-]*$/),
  'prometheus.io/scheme': shaped('`http` or `https`', /^https?$/),
}
const podAnnotations: Annotations = {
  ...scraped,
  'checksum/*': anything,
  'kubectl.kubernetes.io/default-container': anything,
  'kubectl.kubernetes.io/restartedAt': anything,
  'cluster-autoscaler.kubernetes.io/safe-to-evict': flagText,
  'sidecar.istio.io/inject': yes,
  'linkerd.io/inject': shaped('`enabled`', /^enabled$/),
  'container.apparmor.security.beta.kubernetes.io/*': runtimeDefault,
  'seccomp.security.alpha.kubernetes.io/pod': runtimeDefault,
}
const serviceAnnotations: Annotations = {
  ...scraped,
  'service.kubernetes.io/topology-mode': shaped('`Auto`', /^[Aa]uto$/),
  'service.kubernetes.io/topology-aware-hints': shaped('`auto`', /^[Aa]uto$/),
}

const words = shaped('words', /^[A-Za-z0-9 .,_:/*@%+=~-]{0,500}$/)
const path = shaped('a path', /^\/[A-Za-z0-9._~/$-]{0,200}$/)
const size = shaped('a size', /^\d{1,6}[kKmMgG]?$/)
const onOff = shaped('`on` or `off`', /^(on|off)$/)
const ranges = shaped('addresses and networks', /^[0-9a-fA-F.:/, ]{1,2000}$/)

/** What an Ingress controller does with the traffic of the Ingress’s own hosts; none that holds configuration, or leads elsewhere. */
const nginx: Record<string, Rule> = {
  affinity: shaped('`cookie`', /^cookie$/),
  'affinity-mode': shaped('`balanced` or `persistent`', /^(balanced|persistent)$/),
  'app-root': path,
  'backend-protocol': shaped('a protocol', /^(HTTP|HTTPS|AUTO_HTTP|GRPC|GRPCS)$/),
  'client-body-buffer-size': size,
  'cors-allow-credentials': flagText,
  'cors-allow-headers': words,
  'cors-allow-methods': words,
  'cors-allow-origin': words,
  'cors-expose-headers': words,
  'cors-max-age': numberText,
  'denylist-source-range': ranges,
  'enable-cors': flagText,
  'force-ssl-redirect': flagText,
  'limit-burst-multiplier': numberText,
  'limit-connections': numberText,
  'limit-rpm': numberText,
  'limit-rps': numberText,
  'load-balance': shaped('`ewma` or `round_robin`', /^(ewma|round_robin)$/),
  'preserve-trailing-slash': flagText,
  'proxy-body-size': size,
  'proxy-buffer-size': size,
  'proxy-buffering': onOff,
  'proxy-buffers-number': numberText,
  'proxy-connect-timeout': numberText,
  'proxy-http-version': shaped('`1.0` or `1.1`', /^1\.[01]$/),
  'proxy-next-upstream-timeout': numberText,
  'proxy-next-upstream-tries': numberText,
  'proxy-read-timeout': numberText,
  'proxy-request-buffering': onOff,
  'proxy-send-timeout': numberText,
  'rewrite-target': path,
  'service-upstream': flagText,
  'session-cookie-change-on-failure': flagText,
  'session-cookie-expires': numberText,
  'session-cookie-max-age': numberText,
  'session-cookie-name': shaped('a name', /^[A-Za-z0-9_-]{1,100}$/),
  'session-cookie-path': path,
  'session-cookie-samesite': shaped('`None`, `Lax` or `Strict`', /^(None|Lax|Strict)$/),
  'session-cookie-secure': flagText,
  'ssl-redirect': flagText,
  'use-regex': flagText,
  'whitelist-source-range': ranges,
}
export const ingressAnnotations: Annotations = {
  'kubernetes.io/ingress.class': shaped('a name', /^[a-z0-9-]{1,100}$/),
  'kubernetes.io/tls-acme': yes,
  'cert-manager.io/cluster-issuer': objectName,
  'cert-manager.io/issuer': objectName,
  'cert-manager.io/duration': shaped('a duration', /^[0-9hms]{1,20}$/),
  'cert-manager.io/renew-before': shaped('a duration', /^[0-9hms]{1,20}$/),
  'traefik.ingress.kubernetes.io/router.entrypoints': shaped(
    '`web`, `websecure`',
    /^(web|websecure)(,(web|websecure))?$/,
  ),
  'traefik.ingress.kubernetes.io/router.tls': flagText,
  ...Object.fromEntries(Object.entries(nginx).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value])),
}

function annotationsOf(own: Annotations, says: string): Rule {
  const known = { ...commonAnnotations, ...own }
  const prefixes = Object.entries(known).filter(([key]) => key.endsWith('*'))
  const find = (key: string) =>
    Object.hasOwn(known, key) ? known[key] : prefixes.find(([start]) => key.startsWith(start.slice(0, -1)))?.[1]
  return map(`keys without a prefix, ${says}; others by \`annotation:KEY\``, (key, value, facts) => {
    if (!keyShape.test(key)) return 'is no key of an annotation'
    if (typeof value !== 'string') return `may be a text, not ${showForeign(value)}`
    if (!key.includes('/') || (!key.startsWith('stevedore.io/') && isGranted(facts, `annotation:${key}`)))
      return undefined
    const known = find(key)
    if (!known) return `is not an annotation for manifests: leave it out, ${grantHint(`annotation:${key}`)}`
    return known.judge(value, '', facts).length === 0 ? undefined : `may be ${known.says}, not ${quote(value)}`
  })
}

function list(own: Annotations): string {
  return Object.keys(own)
    .map((key) => `\`${key}\``)
    .join(', ')
}

const plain = annotationsOf({}, list(commonAnnotations))

function describe(title: string, more: Record<string, Rule>): Table {
  return {
    title,
    rows: {
      labels,
      annotations: plain,
      ...more,
      creationTimestamp: never('the server sets it'),
      ownerReferences: never('what goes with what is Stevedore’s to say'),
      finalizers: never('they keep an object from being removed'),
    },
  }
}

const ownNamespace = rule(
  'the environment’s namespace',
  (value, { release }) => value === release.settings.namespace,
  'leave it out',
)
const names = { name: objectName, namespace: ownNamespace }

export const metadataTable = describe('Metadata', names)
export const podMetadataTable = describe('Metadata of pods', {
  annotations: annotationsOf(podAnnotations, list(podAnnotations)),
})
export const serviceMetadataTable = describe('Metadata of a Service', {
  ...names,
  annotations: annotationsOf(serviceAnnotations, list(serviceAnnotations)),
})
export const ingressMetadataTable = describe('Metadata of an Ingress', {
  ...names,
  annotations: annotationsOf(ingressAnnotations, list(ingressAnnotations)),
})
export const claimMetadataTable: Table = { title: 'Metadata of a volume’s claim', rows: { labels, annotations: plain } }

export const metadata = (table: Table) => fields(table, { required: ['name'] })
