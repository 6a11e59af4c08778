export const strategyTypes = ['rolling', 'blue-green', 'canary', 'recreate'] as const
export type StrategyType = (typeof strategyTypes)[number]
