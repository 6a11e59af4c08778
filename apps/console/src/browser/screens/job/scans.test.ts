import type { ImageView } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { makeScan } from '../../testing/make-views.ts'
import { listScanned } from './scans.ts'

const imageOf = (jobId: string, target: string, scan: ImageView['scan']) => ({ jobId, target, scan }) as ImageView

test('a job has the scans of its own images', () => {
  const scan = makeScan()
  const images = [imageOf('j', 'production', scan), imageOf('j', 'testing', null), imageOf('other', 'production', scan)]
  expect(listScanned(images, 'j')).toEqual([{ target: 'production', scan }])
})
