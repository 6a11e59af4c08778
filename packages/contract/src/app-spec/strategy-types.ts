export const strategyTypes = ['rolling', 'blue-green', 'canary'] as const
export type StrategyType = (typeof strategyTypes)[number]
