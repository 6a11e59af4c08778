import type { FastifyInstance } from 'fastify'
import { frontPage } from '../pages/front-page.ts'
import { pagePolicy } from '../pages/html-page.ts'

/** What is served here, for whoever asks which methods an address takes. */
export const frontDoorUrls = ['/']

/** The bare address tells what is here. */
export function addFrontDoor(app: FastifyInstance): void {
  app.get('/', async (_request, reply) =>
    reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(frontPage),
  )
}
