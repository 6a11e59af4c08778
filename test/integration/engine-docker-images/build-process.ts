import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'

/** A worker that builds one image, told as JSON in its arguments, in a container or not, until it is killed. */
const [build, builder] = process.argv.slice(2).map((text) => JSON.parse(text))
await createDockerImageEngine({ builder: builder ?? undefined }).build(
  build,
  openJob({ log: (line) => console.log(line) }),
)
