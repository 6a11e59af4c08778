export { type ApiAnswer, type ApiRequest, createApiCaller } from './api-caller.ts'
export { startTestApi, type TestApi } from './api-server.ts'
