/**
 * Lets a rule about several keys speak although some have faults, so that all are told at once. Such a rule meets values that are not of
 * their type.
 */
export const despiteFaults = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null && !Array.isArray(value),
}
