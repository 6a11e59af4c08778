export { type FakeAnswer, type FakePlace, type FakeReplica, type FakeWorld, openFakeWorld } from './deploy-world.ts'
export { createFakeDeployEngine, type FakeDeployOptions } from './fake-deploy-engine.ts'
export { createFakeImageEngine, type FakeImageOptions } from './fake-image-engine.ts'
export { type FakeImage, type FakeImageWorld, openFakeImageWorld } from './image-world.ts'
