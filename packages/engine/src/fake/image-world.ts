import { createHash } from 'node:crypto'
import type { ImageConfig } from '../image-engine.ts'
import type { ScanOutput } from '../image-scan.ts'

export interface FakeImage {
  imageId: string
  size: number
  labels: Record<string, string>
  /** Text by path. */
  files: Record<string, string>
}

/** What the fake's engine and registry hold. */
export interface FakeImageWorld {
  images: Map<string, FakeImage>
  /** Ids of images by tag. */
  tags: Map<string, string>
  /** Digests by `REGISTRY/NAME:TAG` and `REGISTRY/NAME@DIGEST`. */
  registry: Map<string, string>
  /** How images mean to be run, by reference, where a test says so. */
  configs: Map<string, ImageConfig>
  /** What tools say, by their image, where a test has one. */
  scans: Map<string, ScanOutput>
  /** Contexts of the builds whose step runs. */
  running: Set<string>
}

export function openFakeImageWorld(): FakeImageWorld {
  const [images, tags, registry] = [new Map(), new Map(), new Map()]
  return { images, tags, registry, configs: new Map(), scans: new Map(), running: new Set() }
}

/** The same content gives the same id, as with real images. */
export function addImage(world: FakeImageWorld, content: Pick<FakeImage, 'labels' | 'files'>): FakeImage {
  const image = { imageId: hash(JSON.stringify(content)), size: 1_024, ...content }
  world.images.set(image.imageId, image)
  return image
}

/** Of the manifest: a registry names an image otherwise than an engine does. */
export function digestOf(imageId: string): string {
  return hash(`manifest ${imageId}`)
}

export function hasTag({ tags }: FakeImageWorld, imageId: string): boolean {
  return [...tags.values()].includes(imageId)
}

function hash(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
