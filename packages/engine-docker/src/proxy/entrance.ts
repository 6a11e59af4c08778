import { proxyFolders } from './folders.ts'

/** Sections of the shared configuration that others, of the base or of a place, begin from. */
export const sections = {
  common: 'common',
  /** Frontends that take HTTP. */
  http: 'entrance',
  /** Backends whose answers may be silent for as long as a tunnel. */
  calls: 'calls',
  /** Front and back of plain connections. */
  tcp: 'stream',
} as const

/** Lists of addresses beside the base, so that a change of settings touches no place's file. */
export const addressLists = {
  /** Whose forwarded headers are believed. */
  trusted: 'trusted.lst',
  /** Who begins each connection with a PROXY header. */
  proxyProtocol: 'proxy-protocol.lst',
} as const

/** Set by the base where the machine has IPv6: a port of it that cannot be opened would keep HAProxy from starting. */
export const ipv6Variable = 'STEVEDORE_IPV6'

/** The sockets of a port, on IPv6 too where the machine has it; apart, so that an IPv4 client is told of as one. */
export function renderBinds(port: number, options = ''): string {
  return `  bind :${port}${options}\n.if defined(${ipv6Variable})\n  bind :::${port} v6only${options}\n.endif\n`
}

/** HAProxy heeds this rule in a frontend alone, not in the sections that frontends begin from. */
export const proxyHeaderRule = `  tcp-request connection expect-proxy layer4 if { src -f ${listPath('proxyProtocol')} }\n`

/**
 * Who asks, how and for what, as replicas are told it. What a client says of itself goes, in the spelling that some servers take
 * for the same too; what a trusted proxy says is kept and extended. A balancer that tells of the client by a PROXY header tells of its
 * port as well: from 443 on the way was TLS. `Forwarded` is begun only where no other header tells of hops before this one.
 */
export const forwardingRules = `\
  http-request del-header ^x(_forwarded[-_].*|-forwarded_.*|_real[-_]ip|-real_ip)$ -m reg
  http-request del-header ^(x-forwarded-.*|forwarded|x-real-ip)$ -m reg unless { src -f ${listPath('trusted')} }
  http-request set-var(txn.proto) str(http)
  http-request set-var(txn.proto) str(https) if { ssl_fc } or { fc_rcvd_proxy } { dst_port 443 }
  http-request set-var(txn.proto) str(https) if { req.fhdr(forwarded) -m reg -i proto=\\"?https }
  http-request set-var(txn.proto) req.fhdr(x-forwarded-proto) if { req.fhdr(x-forwarded-proto) -m found }
  http-request set-header X-Forwarded-Proto %[var(txn.proto)]
  http-request set-header X-Forwarded-Host %[req.hdr(host)] unless { req.hdr(x-forwarded-host) -m found }
  http-request set-header X-Real-IP %[src] unless { req.hdr(x-real-ip) -m found }
  http-request set-var-fmt(txn.for) %[src]
  http-request set-var-fmt(txn.for) "\\"[%[src]]\\"" if { src -m sub : }
  http-request set-header Forwarded "%[req.fhdr(forwarded)], for=%[var(txn.for)]" if { req.fhdr_cnt(forwarded) eq 1 }
  http-request add-header Forwarded for=%[var(txn.for)] if { req.fhdr_cnt(forwarded) gt 1 }
  http-request set-header Forwarded "for=%[var(txn.for)];proto=%[var(txn.proto)]" unless { req.fhdr_cnt(forwarded) gt 0 } || { req.fhdr_cnt(x-forwarded-for) gt 0 }
  http-request set-header X-Forwarded-For "%[req.fhdr(x-forwarded-for)], %[src]" if { req.fhdr_cnt(x-forwarded-for) eq 1 }
  http-request add-header X-Forwarded-For %[src] unless { req.fhdr_cnt(x-forwarded-for) eq 1 }
`

function listPath(list: keyof typeof addressLists): string {
  return `${proxyFolders.base}/${addressLists[list]}`
}
