/** One block of a PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`, … */
  label: string
  /** With its first and last line, each line ending in `\n`. */
  text: string
}

const begin = /^-----BEGIN ([A-Z0-9 ]{1,40})-----$/

/** The blocks of a text, whatever line ends it has; what stands between them is not looked at, nor is a block that does not end. */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | undefined
  for (const line of text.split(/\r\n|\r|\n/).map((one) => one.trim())) {
    const label = begin.exec(line)?.[1]
    if (label) open = { label, lines: [] }
    open?.lines.push(line)
    if (!open || line !== `-----END ${open.label}-----`) continue
    blocks.push({ label: open.label, text: `${open.lines.join('\n')}\n` })
    open = undefined
  }
  return blocks
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY')
}

export function isCertificate({ label }: PemBlock): boolean {
  return label === 'CERTIFICATE'
}
