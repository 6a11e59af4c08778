export type { ApiConfig, ApiOptions } from './context.ts'
export type { AnyRoute } from './route.ts'
export { routeTable } from './route-table.ts'
export { startApi } from './start-api.ts'
