/** A vulnerability of an Alpine package, as Trivy's database has it. */
interface Advisory {
  /** `alpine 3.10` */
  release: string
  package: string
  id: string
  fixedVersion: string
}

type Bucket = { [key: string]: string | Bucket }

const pageBytes = 4_096
const headerBytes = 16
const elementBytes = 16
const flags = { leaf: 2, meta: 4, freelist: 16 } as const

/** Trivy's database with one critical advisory: the real one cannot be brought to where there is no network. */
export function makeTrivyDatabase({ release, package: name, id, fixedVersion }: Advisory): Buffer {
  const source = { ID: 'alpine', Name: 'Alpine Secdb', URL: 'https://secdb.alpinelinux.org/' }
  return makeBoltFile({
    [release]: { [name]: { [id]: JSON.stringify({ FixedVersion: fixedVersion }) } },
    'data-source': { [release]: JSON.stringify(source) },
    vulnerability: { [id]: JSON.stringify({ Title: 'a fault', Severity: 'CRITICAL', VendorSeverity: { nvd: 4 } }) },
  })
}

/** A file of bbolt: a page for each bucket, which its parent names by number. */
function makeBoltFile(root: Bucket): Buffer {
  const pages: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0), makePage(2, flags.freelist, 0)]
  const rootPage = addBucket(pages, root)
  for (const number of [0, 1]) pages[number] = makeMeta(number, rootPage, pages.length)
  return Buffer.concat(pages)
}

/** @returns its page's number */
function addBucket(pages: Buffer[], bucket: Bucket): number {
  const entries = Object.entries(bucket)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, value]) =>
      typeof value === 'string'
        ? { key: Buffer.from(key), flag: 0, value: Buffer.from(value) }
        : { key: Buffer.from(key), flag: 1, value: numbers64(addBucket(pages, value), 0) },
    )
  const page = makePage(pages.length, flags.leaf, entries.length)
  let end = headerBytes + entries.length * elementBytes
  for (const [index, { key, flag, value }] of entries.entries()) {
    const at = headerBytes + index * elementBytes
    for (const [part, number] of [flag, end - at, key.length, value.length].entries())
      page.writeUInt32LE(number, at + part * 4)
    end += key.copy(page, end)
    end += value.copy(page, end)
  }
  return pages.push(page) - 1
}

function makePage(number: number, flag: number, count: number): Buffer {
  const page = Buffer.alloc(pageBytes)
  page.writeBigUInt64LE(BigInt(number), 0)
  page.writeUInt16LE(flag, 8)
  page.writeUInt16LE(count, 10)
  return page
}

function makeMeta(number: number, rootPage: number, pageCount: number): Buffer {
  const page = makePage(number, flags.meta, 0)
  const head = Buffer.alloc(16)
  for (const [part, word] of [0xed0cdaed, 2, pageBytes, 0].entries()) head.writeUInt32LE(word, part * 4)
  const meta = Buffer.concat([head, numbers64(rootPage, 0, 2, pageCount, number)])
  Buffer.concat([meta, hash(meta)]).copy(page, headerBytes)
  return page
}

function numbers64(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 8)
  for (const [index, number] of numbers.entries()) bytes.writeBigUInt64LE(BigInt(number), index * 8)
  return bytes
}

/** FNV-1a of 64 bits. */
function hash(bytes: Buffer): Buffer {
  const sum = bytes.reduce(
    (state, byte) => ((state ^ BigInt(byte)) * 0x100000001b3n) & (2n ** 64n - 1n),
    0xcbf29ce484222325n,
  )
  const written = Buffer.alloc(8)
  written.writeBigUInt64LE(sum)
  return written
}
