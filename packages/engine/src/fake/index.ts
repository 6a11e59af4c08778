export { type FakeWorld, openFakeWorld } from './deploy-world.ts'
export { createFakeDeployEngine } from './fake-deploy-engine.ts'
export { createFakeImageEngine } from './fake-image-engine.ts'
export { openFakeImageWorld } from './image-world.ts'
