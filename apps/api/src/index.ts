export type { ApiConfig, ApiOptions } from './edge.ts'
export { ensureFirstToken } from './first-token.ts'
export { serveApi } from './serve.ts'
export { type RunningApi, startApi } from './start-api.ts'
