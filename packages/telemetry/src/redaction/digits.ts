/** What a digit is worth, by its character; `none` where it is none. */
export type Digits = Uint8Array
export const none = 255

export function listDigits(...alphabets: string[]): Digits {
  const digits = new Uint8Array(256).fill(none)
  for (const alphabet of alphabets)
    for (const [worth, digit] of [...alphabet].entries()) digits[digit.charCodeAt(0)] = worth
  return digits
}

export const hexDigits = listDigits('0123456789abcdef', '0123456789ABCDEF')
