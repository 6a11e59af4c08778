const steps = [
  'FROM node:24-slim@sha256:4f1b6b8f0cb2',
  'WORKDIR /app',
  'COPY package.json package-lock.json ./',
  'RUN npm ci --omit=dev',
]

/** What a build printed that came to a package which is not there. */
export const failedBuild = [
  '\u001b[36m#1\u001b[0m load build definition from Dockerfile',
  '\u001b[36m#1\u001b[0m transferring dockerfile: 612B done',
  ...steps.flatMap((step, index) => [
    `\u001b[36m#${index + 2}\u001b[0m [production ${index + 1}/6] ${step}`,
    ...(index < 3 ? [`\u001b[32m#${index + 2} DONE 0.${index + 1}s\u001b[0m`] : []),
  ]),
  '\u001b[36m#5\u001b[0m 1.204 npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.',
  '\u001b[36m#5\u001b[0m 2.310 \u001b[31mnpm error code E404\u001b[0m',
  '\u001b[36m#5\u001b[0m 2.311 \u001b[31mnpm error 404 Not Found - GET https://registry.npmjs.org/left-pod\u001b[0m',
  '\u001b[36m#5\u001b[0m 2.311 \u001b[31mnpm error 404  The requested resource "left-pod@^9.0.0" could not be found.\u001b[0m',
  '\u001b[31m#5 ERROR: process "/bin/sh -c npm ci --omit=dev" did not complete successfully: exit code: 1\u001b[0m',
  '',
].join('\n')
