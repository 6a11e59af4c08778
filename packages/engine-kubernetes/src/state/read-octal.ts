import type { ScalarTag } from 'yaml'

/**
 * `0644` as kubectl reads it, by YAML 1.1, in which files have their modes; by YAML 1.2 it would be six hundred and forty-four. Of 1.1 this is
 * all: that `on` and `no` are flags there is a trap, and a flag that is written so is refused.
 */
export const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
}
