/** A key for one request, which makes a repeat of it the same. `randomUUID` is there over TLS alone. */
export function makeKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
