import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'

/** A worker that builds one image, told as JSON in its argument, until it is killed. */
const build = JSON.parse(process.argv[2] ?? '')
await createDockerImageEngine().build(build, openJob({ log: (line) => console.log(line) }))
