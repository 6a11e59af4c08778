export { type ApiAnswer, type ApiRequest, createApiCaller } from './api-caller.ts'
export { type ApiProcess, startApiProcess } from './api-process.ts'
export { startTestApi, type TestApi } from './api-server.ts'
export { type EventStream, openEventStream, type StreamedEvent } from './event-stream.ts'
