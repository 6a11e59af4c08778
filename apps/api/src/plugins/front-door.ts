import type { FastifyInstance } from 'fastify'
import { frontPage } from '../pages/front-page.ts'
import { pagePolicy } from '../pages/html-page.ts'
import { consolePath } from './console.ts'

/** What is served here, for whoever asks which methods an address takes. */
export const frontDoorUrls = ['/']

/** The bare address leads a browser to the console, and tells any other what is here. */
export function addFrontDoor(app: FastifyInstance): void {
  app.get('/', async (request, reply) => {
    if (request.headers.accept?.includes('text/html')) return reply.redirect(consolePath, 302)
    return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(frontPage)
  })
}
