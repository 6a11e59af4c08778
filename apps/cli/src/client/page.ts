/** A part of a list, newest first; `next` is the cursor of the following part. */
export interface Page<T> {
  items: T[]
  next: string | null
}
