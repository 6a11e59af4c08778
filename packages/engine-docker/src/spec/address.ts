/** Addresses at the start of a range are Docker's own for gateways. */
const firstOffset = 16

/** A random address of an IPv4 range; two workers seldom meet on one, and Docker refuses the second. */
export function pickAddress(subnet: string, random: () => number = Math.random): string {
  const [base = '', bits = '24'] = subnet.split('/')
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  const value = start + firstOffset + Math.floor(random() * (size - firstOffset - 1))
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
